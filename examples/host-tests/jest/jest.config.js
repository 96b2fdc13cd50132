/* For `node --experimental-vm-modules node_modules/jest/bin/jest.js --config jest/jest.config.js`: jest knows modules behind that flag. */
export default {
  rootDir: '..',
  testMatch: ['<rootDir>/jest/*.test.js'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '\\.ts$': '<rootDir>/jest/typescript.js' },
}
