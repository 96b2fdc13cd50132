import { describe, expect, it } from 'vitest'
import type { Engine, Statement } from '../../src/store/sql/engine.js'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import type { TokenStore } from '../../src/store/store.js'
import { ContractError, storeContract } from '../../src/testing/index.js'
import type { Address } from '../support/engines.js'
import { freshGround, places } from '../support/places.js'

const ROUNDS = 100

/** A version that a statement compares, in any dialect. */
const VERSION = /\bversion = ((?:CAST\()?(?:\$\d+|\?)(?:::bigint| AS INTEGER\))?)(?=$| AND| FOR| LOCK| RETURNING|\))/g

/** An engine whose statements take any version for the right one. */
function blind(engine: Engine): Engine {
  const unversioned = ({ text }: Statement): Statement => ({
    name: '',
    text: text.replaceAll(VERSION, 'version > 0 * $1'),
  })
  return {
    dialect: engine.dialect,
    run: (statement, values, options) => engine.run(unversioned(statement), values, options),
    batch: (steps, options) =>
      engine.batch(
        steps.map((step) => ({ ...step, statement: unversioned(step.statement) })),
        options,
      ),
  }
}

/** A store that reads, checks, and then writes whatever has happened meanwhile: as many a store is written. */
function readCheckWrite(engine: Engine, { names }: Address): TokenStore {
  const careless = sqlStore(blind(engine), names)
  return {
    ...careless,
    async write(kind, id, expected, next, options) {
      const { version } = await careless.get(kind, id)
      return version === expected ? careless.write(kind, id, expected, next, options) : 'conflict'
    },
  }
}

/** In which round a promise is first broken; `undefined` where it is kept in all of them. */
async function roundOfFailure(name: string, store: TokenStore): Promise<number | undefined> {
  const promise = storeContract.find((promise) => promise.name === name)
  for (let round = 1; round <= ROUNDS; round++) {
    const failure = await promise
      ?.run(() => store)
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    if (failure instanceof ContractError) return round
    if (failure !== undefined) throw failure
  }
  return undefined
}

describe.each(places)('a store on %s that reads, checks and writes', (place) => {
  it.each(['lets one of many write over a version', 'loses no update of those that try again'])(
    'is found out within 100 rounds: it does not keep "%s"',
    async (name) => {
      const { opened, address, ground } = await freshGround(place)
      await migrateGround(ground)
      expect(await roundOfFailure(name, readCheckWrite(opened.engine, address))).toBeLessThanOrEqual(ROUNDS)
    },
  )
})
