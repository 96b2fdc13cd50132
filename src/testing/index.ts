/**
 * A clock, slow and faulty stores, and the contract that every store keeps.
 *
 * @module tokenloop/testing
 */

export type { Call, Method } from '../store/around.js'
export { type Latency, slowStore } from '../store/slow.js'
export {
  type BearerHeaders,
  type Connection,
  type ConnectOptions,
  createTestClient,
  OAuthTestError,
  type TestClient,
  type TestClientOptions,
} from './client.js'
export { createClock, type TestClock } from './clock.js'
export { type ContractCase, ContractError, type MakeStore, storeContract } from './contract/index.js'
export { type CountingStore, countingStore } from './counting-store.js'
export { type Fault, type FaultPoint, type FaultyStore, faultyStore } from './faulty-store.js'
export { createTestKit, type KitFault, type TestKit, type TestKitOptions } from './kit.js'
