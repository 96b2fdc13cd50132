import type { Engine } from './engine.js'
import type { Ground } from './ground.js'
import { schemaError, stateOf } from './state.js'

/**
 * An engine that looks at the schema before its first statement: nothing is read or written where the tables are not those that
 * this version made. Once they were, it looks no more. Every call rejects with `schema_missing`, `schema_incomplete` or
 * `schema_too_new` until they are.
 */
export function checked(ground: Ground): Engine {
  const { engine } = ground
  let isReady = false
  let looking: Promise<void> | undefined

  const look = async () => {
    const state = await stateOf(ground)
    if (state.state !== 'ready') throw schemaError(state)
    isReady = true
  }
  /** Those who come meanwhile wait for the same answer. */
  const ready = () => {
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }

  return {
    dialect: engine.dialect,
    run: (statement, values, options) =>
      isReady ? engine.run(statement, values, options) : ready().then(() => engine.run(statement, values, options)),
    batch: (steps, options) =>
      isReady ? engine.batch(steps, options) : ready().then(() => engine.batch(steps, options)),
  }
}
