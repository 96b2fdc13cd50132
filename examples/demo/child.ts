import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../causeloop/main.ts', import.meta.url))

export interface Child {
  readonly origin: string
  /** Tells it to end, as a platform does; answers its exit code. */
  end(): Promise<number | null>
}

/** Starts Causeloop as it runs, on a free port. Rejects where it does not say that it listens. */
export async function startCauseloop(): Promise<Child> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: { ...process.env, PORT: '0', STORE: 'memory' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited: Promise<number | null> = once(child, 'exit').then(([code]) => code)
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([once(lines, 'line'), exited])
  const origin = /^listening on (\S+)$/.exec(String(first))?.[1]
  if (origin === undefined) {
    child.kill()
    throw new Error('Causeloop does not say where it listens')
  }
  return {
    origin,
    end: () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}
