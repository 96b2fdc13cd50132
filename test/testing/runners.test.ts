import { execFile } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Host, makeHost } from '../support/host.js'
import { runtimeAt } from '../support/runtimes.js'

const EXAMPLE = fileURLToPath(new URL('../../examples/host-tests', import.meta.url))
const JEST = runtimeAt('jest')
/** In milliseconds. */
const PATIENCE = 120_000

let host: Host
beforeAll(async () => {
  host = await makeHost(['vitest', 'tsx', 'typescript'])
  cpSync(EXAMPLE, host.folder, { recursive: true })
  writeFileSync(join(host.folder, 'package.json'), '{"private":true,"type":"module"}')
}, PATIENCE)
afterAll(() => host?.remove())

interface Outcome {
  readonly code: number
  readonly output: string
}

/** How each runner is started in the host's folder, and how many tests it says have passed and failed. */
const RUNNERS: Readonly<Record<string, { args: readonly string[]; passed: RegExp; failed: RegExp; tests: number }>> = {
  vitest: {
    args: ['node_modules/vitest/vitest.mjs', 'run', '--dir', 'vitest'],
    passed: /Tests .*?(\d+) passed/,
    failed: /Tests +(\d+) failed/,
    tests: 7,
  },
  'node:test': {
    args: ['--import', 'tsx', '--test', '--test-reporter', 'tap', 'node-test/notes.test.ts'],
    passed: /^# pass (\d+)/m,
    failed: /^# fail (\d+)/m,
    tests: 2,
  },
  ...(JEST !== undefined && {
    jest: {
      args: ['--experimental-vm-modules', JEST, '--config', 'jest/jest.config.js'],
      passed: /Tests: .*?(\d+) passed/,
      failed: /Tests: +(\d+) failed/,
      tests: 2,
    },
  }),
}

async function start(args: readonly string[]): Promise<Outcome> {
  const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...env } = process.env
  const how = { cwd: host.folder, env: { ...env, NO_COLOR: '1', FORCE_COLOR: '0' }, timeout: PATIENCE }
  return promisify(execFile)(process.execPath, [...args], how).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, output: stdout + stderr }),
  )
}

const countIn = (output: string, pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? 0)

describe.each(Object.entries(RUNNERS))('the tests of a host under %s', (_, { args, passed, failed, tests }) => {
  it(
    'pass, on the kit',
    async () => {
      const { code, output } = await start(args)
      expect({ code, passed: countIn(output, passed), output }).toEqual({ code: 0, passed: tests, output })
    },
    PATIENCE,
  )

  it(
    'fail where the host forgets to ask its guard for what is needed',
    async () => {
      const app = join(host.folder, 'app.ts')
      const right = readFileSync(app, 'utf8')
      writeFileSync(app, right.replace("userOf(request, 'notes:write')", "userOf(request, 'notes:read')"))
      const { code, output } = await start(args).finally(() => writeFileSync(app, right))
      expect({ code, failed: countIn(output, failed), output }).toEqual({ code: 1, failed: 1, output })
    },
    PATIENCE,
  )
})
