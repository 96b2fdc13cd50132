import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate for some names, by an authority of its own. */
export function certificateFor(...names: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'tokenloop-tls-'))
  const at = (name: string) => join(directory, name)
  const openssl = (...args: readonly string[]) => execFileSync('openssl', [...args], { cwd: directory, stdio: 'pipe' })
  try {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    openssl(
      'req',
      '-x509',
      ...curve,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=test authority',
    )
    openssl('req', ...curve, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=test')
    writeFileSync(at('names'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`)
    openssl(
      'x509',
      '-req',
      '-in',
      'request.pem',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'names',
      '-out',
      'cert.pem',
    )
    const read = (name: string) => readFileSync(at(name), 'utf8')
    return { key: read('key.pem'), cert: read('cert.pem'), ca: read('ca.pem') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** An https server of Node on this machine, and what reached it. */
export async function serveTls(
  certificate: { readonly key: string; readonly cert: string },
  answer: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const seen = { connections: 0, open: 0, mostOpen: 0, requests: [] as IncomingMessage[] }
  const server: Server = createServer(certificate, (request, response) => {
    seen.requests.push(request)
    answer(request, response)
  })
  server.on('connection', (socket) => {
    seen.connections++
    seen.mostOpen = Math.max(seen.mostOpen, ++seen.open)
    socket.on('close', () => seen.open--)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { port, seen, close }
}
