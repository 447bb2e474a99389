test.each([
  ['shop', 200],
  ['stock', 403],
  ['stranger', 403],
])('%s is answered %i by the stock', async (caller, status) => {
  const headers = { authorization: `Bearer ${process.env[`TOKEN_OF_${caller}`]}` };
  expect((await fetch(process.env.STOCK_URL, { headers })).status).toBe(status);
});
