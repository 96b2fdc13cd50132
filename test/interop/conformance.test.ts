import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { system } from 'tokenloop'
import { expect, inject, it, onTestFinished } from 'vitest'
import { browse, served } from './support.js'

const SUITE = '../../node_modules/@modelcontextprotocol/conformance/dist/index.js'
const PROGRAM = fileURLToPath(new URL(SUITE, import.meta.url))

/** A port that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Runs the suite; wherever it asks for a browser, one is led there, and on to its own callback. What each check found, and its exit code. */
async function conformance(node: string, args: readonly string[]) {
  const results = await mkdtemp(join(tmpdir(), 'conformance-'))
  onTestFinished(() => rm(results, { recursive: true }))
  const child = spawn(node, [PROGRAM, 'authorization', '-o', results, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('http')) await fetch(await browse(line))
  }
  const code = await ended
  const checks: Record<string, string> = {}
  for (const scenario of await readdir(results)) {
    const found: unknown = JSON.parse(await readFile(join(results, scenario, 'checks.json'), 'utf8'))
    for (const { id, status } of found as { id: string; status: string }[]) checks[id] = status
  }
  return { code, checks }
}

/** It needs a newer Node than the library. */
it.runIf(inject('newerNode') !== '')(
  'the authorization server suite of the MCP conformance tests passes as a whole',
  async () => {
    const { issuer, resource, auth } = await served({ registration: { open: true }, metadataDocuments: true })
    const { client } = await auth.clients.create({
      by: system,
      name: 'Suite',
      redirectUris: ['http://127.0.0.1/callback'],
    })
    const port = `${await freePort()}`
    const args = ['--url', issuer, '--client-id', client.id, '--resource', resource, '--port', port]
    expect(await conformance(inject('newerNode'), args)).toEqual({
      code: 0,
      checks: {
        'authorization-code-grant': 'SUCCESS',
        'authorization-server-metadata': 'SUCCESS',
        'authorization-server-metadata-cimd': 'SUCCESS',
      },
    })
  },
  120_000,
)
