import type { Engine, Statement, Value } from '../../src/store/sql/engine.js'

/** A statement as an engine was given it. */
export interface Asked {
  readonly statement: Statement
  readonly values: readonly Value[]
  readonly inBatch: boolean
}

/** An engine that notes what it is asked. */
export function watched(engine: Engine): { readonly engine: Engine; readonly asked: Asked[] } {
  const asked: Asked[] = []
  return {
    asked,
    engine: {
      dialect: engine.dialect,
      run(statement, values, options) {
        asked.push({ statement, values, inBatch: false })
        return engine.run(statement, values, options)
      },
      batch(steps, options) {
        for (const { statement, values } of steps) asked.push({ statement, values, inBatch: true })
        return engine.batch(steps, options)
      },
    },
  }
}
