import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../streamloop/main.ts', import.meta.url))

export interface Child {
  readonly origin: string
  /** Tells it to end, as a platform does; answers its exit code. */
  end(): Promise<number | null>
}

/** Starts Streamloop as it runs, on the port that is asked for, else a free one. Rejects where it does not say that it listens. */
export async function startStreamloop(port = '0'): Promise<Child> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: { ...process.env, PORT: port, STORE: 'memory' },
    stdio: ['ignore', 'pipe', 'inherit'],
    // An interrupt is for the demo, which then tells it to end.
    detached: true,
  })
  const exited: Promise<number | null> = once(child, 'exit').then(([code]) => code)
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([once(lines, 'line'), exited])
  const origin = /^listening on (\S+)$/.exec(String(first))?.[1]
  if (origin === undefined) {
    child.kill()
    throw new Error('Streamloop does not say where it listens')
  }
  return {
    origin,
    end: () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}
