import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { system } from 'tokenloop'
import { expect, inject, it } from 'vitest'
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

/** Runs the suite; wherever it asks for a browser, one is led there, and on to its own callback. What it printed, and its exit code. */
async function conformance(node: string, args: readonly string[]) {
  const child = spawn(node, [PROGRAM, 'authorization', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  child.stderr.on('data', (chunk) => lines.push(String(chunk)))
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line.startsWith('http')) await fetch(await browse(line))
  }
  return { code: await ended, text: lines.join('\n') }
}

/** It needs a newer Node than the library. */
it.runIf(inject('newerNode') !== '')(
  'the authorization server suite of the MCP conformance tests passes as a whole',
  async () => {
    const { issuer, resource, auth } = await served({ registration: { open: true } })
    const { client } = await auth.clients.create({
      by: system,
      name: 'Suite',
      redirectUris: ['http://127.0.0.1/callback'],
    })
    const port = `${await freePort()}`
    const args = ['--url', issuer, '--client-id', client.id, '--resource', resource, '--port', port]
    const { code, text } = await conformance(inject('newerNode'), args)
    expect(text).toContain('Total: 2 passed, 0 failed')
    expect(code).toBe(0)
  },
  120_000,
)
