import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MOST_BYTES } from '../../src/cli/doctor/answer.js'
import { deployment, doctor, members } from './doctor-support.js'

/** A server that is gone when the test is over. */
async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Writes as fast as it is read, until nobody reads any more; answers how much it wrote. */
function pour(res: ServerResponse): Promise<number> {
  let written = 0
  const chunk = Buffer.alloc(16 * 1024, ' ')
  return new Promise((resolve) => {
    res.on('close', () => resolve(written))
    const more = () => {
      while (!res.destroyed) {
        written += chunk.length
        if (!res.write(chunk)) return res.once('drain', more)
      }
    }
    more()
  })
}

const HURRY = ['--loopback', '--timeout', '0.3']

describe('a server that means no good', () => {
  it('whose answers never end is read up to the limit, and left', async () => {
    const poured: Promise<number>[] = []
    const url = await listening((_req, res) =>
      poured.push(pour(res.writeHead(200, { 'content-type': 'application/json' }))),
    )
    const { code, stderr } = await doctor(url, '--loopback')
    expect({ code, stderr }).toEqual({ code: 2, stderr: `tokenloop: the answer has more than ${MOST_BYTES} bytes\n` })
    // What waits in sockets between the two comes on top.
    expect(Math.max(...(await Promise.all(poured)))).toBeLessThan(64 * 1024 * 1024)
  })

  it('whose answers are small until they are unpacked is read up to the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(MOST_BYTES * 100, ' '))
    const url = await listening((_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    expect(await doctor(url, '--loopback')).toMatchObject({ code: 2, stderr: expect.stringContaining('more than') })
  })

  it.each<[string, RequestListener]>([
    ['that never answers', () => {}],
    ['that answers half', (_req, res) => void res.writeHead(200).write('{')],
    [
      'that says how much comes, and sends less',
      (_req, res) => void res.writeHead(200, { 'content-length': 9 }).write('{'),
    ],
  ])('%s is not waited for', async (_, listener) => {
    const { code, stderr } = await doctor(await listening(listener), ...HURRY)
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'tokenloop: no answer within 300 ms\n' })
  })

  it('that does not speak HTTP is told of', async () => {
    const server = createTcpServer((socket) => socket.on('error', () => {}).end('220 mail.acme.test ESMTP\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const { code, stdout, stderr } = await doctor(`http://127.0.0.1:${port}`, ...HURRY)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).not.toMatch(/^ {4}at /m)
  })

  it.each([
    '',
    'null',
    '[]',
    '"x"',
    '{',
    '{"issuer":{"a":1}}',
    '{"__proto__":{}}',
    `${'['.repeat(9999)}`,
    '\u00ff',
    '<html>',
  ])('that answers %j to everything makes checks fail, and nothing else', async (body) => {
    const url = await listening((_req, res) => res.writeHead(200, { 'content-type': 'application/json' }).end(body))
    const { code, stdout, stderr } = await doctor(url, ...HURRY)
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toContain('FAILED')
  })

  it.each([
    ['issuer', '\u001b]0;owned\u0007\u009b2J\u202e'],
    ['token_endpoint', '\u001b[2J'],
    ['jwks_uri', 'x'.repeat(50_000)],
    ['token_endpoint', 'https://acme.test/\u001b[2J'],
  ])('that puts what a terminal would obey into %s is quoted, and cut short', async (name, text) => {
    const { issuer, args } = await deployment(members(/well-known/, { [name]: text }))
    const { code, stdout } = await doctor(issuer, ...args)
    expect(code).toBe(1)
    expect(stdout).not.toMatch(/[^\n -~§…]/)
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThan(400)
  })

  it('that is named by a resource with such characters is printed without them', async () => {
    const { resource } = await deployment(
      members(/protected-resource/, { authorization_servers: ['https://localhost:1/\u001b[2J'] }),
    )
    const { stdout } = await doctor(resource, ...HURRY)
    expect(stdout).toContain('authorization server https://localhost:1/\\u001b[2J')
    expect(stdout).not.toContain('\u001b')
  })

  it('that names addresses which are neither https: nor of this machine is not followed', async () => {
    const asked: string[] = []
    const inside = await listening((req, res) => {
      asked.push(req.url ?? '')
      res.end()
    })
    const other = inside.replace('127.0.0.1', '0.0.0.0')
    const { issuer, args } = await deployment(
      members(/well-known/, { token_endpoint: `${other}/x`, jwks_uri: 'file:///etc/passwd' }),
    )
    const { code } = await doctor(issuer, ...args)
    expect(code).toBe(1)
    expect(asked).toEqual([])
  })
})
