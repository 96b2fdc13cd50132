import { migrateGround } from '../../../src/store/sql/migrate.js'
import { type Address, groundAt, open } from '../engines.js'

export interface MigrateTask {
  readonly address: Address
  /** The process ends by SIGKILL after so many statements. */
  readonly dieAfter?: number
}

export interface Migrated {
  /** What took place. */
  readonly done: readonly string[]
  /** How many statements it took. */
  readonly statements: number
}

export const jobs = {
  /** What a node does when it starts. */
  async migrate({ address, dieAfter = Number.POSITIVE_INFINITY }: MigrateTask): Promise<Migrated> {
    let statements = 0
    const opened = open(address, () => {
      if (++statements >= dieAfter) process.kill(process.pid, 'SIGKILL')
    })
    const done = await migrateGround(groundAt(opened, address.names))
    await opened.close()
    return { done, statements }
  },
}
