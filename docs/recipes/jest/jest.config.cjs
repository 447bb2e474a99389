module.exports = { globalSetup: './start.cjs', globalTeardown: './stop.cjs' };
