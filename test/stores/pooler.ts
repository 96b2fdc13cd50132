import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { addressOf } from '../support/reach.js'

/** What is waited for in the protocol of PostgreSQL, by the first byte of a message. */
const [SYNC, QUERY, TERMINATE, READY] = ['S', 'Q', 'X', 'Z'].map((letter) => letter.charCodeAt(0))
const IDLE = 'I'.charCodeAt(0)
const HEADER = 5

/** Splits what arrives into messages. */
function messages(socket: Socket, onMessage: (message: Buffer) => void, isStarted: boolean): void {
  let rest: Buffer = Buffer.alloc(0)
  let hasType = isStarted
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const at = hasType ? 1 : 0
      const length = rest.length < HEADER ? Number.POSITIVE_INFINITY : at + rest.readInt32BE(at)
      if (rest.length < length) return
      // Only the very first message of a client has no type.
      hasType = true
      const message = rest.subarray(0, length)
      rest = rest.subarray(length)
      onMessage(message)
    }
  })
}

/**
 * A pooler in transaction mode that keeps nothing of a session: each transaction of a client goes to another connection of the
 * server than the one before, prepared statements or not.
 */
export async function openPooler(): Promise<{ readonly host: string; readonly port: number }> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    return socket
  }

  const serve = (client: Socket) => {
    const backends: Socket[] = []
    const waiting: Buffer[][] = []
    let group: Buffer[] = []
    let current = 0
    let isBusy = false
    let isOpen = false

    const next = () => {
      const messages = isBusy ? undefined : waiting.shift()
      if (messages === undefined) return
      isBusy = true
      if (!isOpen) current = (current + 1) % backends.length
      backends[current]?.write(Buffer.concat(messages))
    }

    const start = (startup: Buffer) => {
      for (let number = 0; number < 3; number++) {
        let isReady = false
        const backend = keep(connect({ ...addressOf('PostgreSQL'), noDelay: true }))
        backends.push(backend)
        backend.on('close', () => client.destroy())
        messages(
          backend,
          (message) => {
            // The client is greeted once, by the last of them.
            if (isReady || number === 2) client.write(message)
            if (message[0] !== READY) return
            if (isReady) {
              isBusy = false
              isOpen = message[HEADER] !== IDLE
              next()
            }
            isReady = true
          },
          true,
        )
        backend.write(startup)
      }
    }

    messages(
      keep(client),
      (message) => {
        if (backends.length === 0) return start(message)
        if (message[0] === TERMINATE) return client.destroy()
        group.push(message)
        if (message[0] !== SYNC && message[0] !== QUERY) return
        waiting.push(group)
        group = []
        next()
      },
      false,
    )
    client.on('close', () => {
      for (const backend of backends) backend.destroy()
    })
  }

  const server = createServer(serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}
