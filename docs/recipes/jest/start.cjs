/** Outside of the sandboxes in which jest runs tests: they are told where the services are, and given tokens. */
module.exports = async () => {
  const { startEmulator } = await import('@run-edges/emulator');
  const cloud = await startEmulator({ edges: 'edges.yaml' });
  globalThis.cloud = cloud;
  process.env.STOCK_URL = cloud.service('stock').url;
  for (const { name } of cloud.principals)
    process.env[`TOKEN_OF_${name}`] = await cloud.idToken(name, process.env.STOCK_URL);
};
