import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** In which direction something goes. */
export type Direction = 'requests' | 'answers'

/**
 * What a line does to what goes over it.
 *
 * | weather | what happens |
 * |---|---|
 * | `clear` | everything goes through |
 * | `delay` | everything goes through, `ms` later in each direction |
 * | `drop` | after so many more bytes of a direction, over all connections, each connection that sends one more is closed |
 * | `reset` | each connection is closed at once, and so are new ones |
 * | `half-open` | the server is gone, and nobody tells the client; new connections get no answer |
 * | `black hole` | connections are accepted, and nothing goes through in any direction |
 */
export type Weather =
  | { readonly kind: 'clear' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'drop'; readonly of: Direction; readonly after: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'half-open' }
  | { readonly kind: 'black hole' }

export interface BadLine {
  readonly host: string
  readonly port: number
  /** How many connections are open. */
  readonly open: () => number
  /** How many bytes came in, whether they went through or not. */
  readonly arrived: (direction: Direction) => number
  /** Changes the weather, for connections that are open too. */
  readonly turn: (weather: Weather) => void
  readonly close: () => Promise<void>
}

interface Line {
  readonly client: Socket
  readonly server: Socket
}

/** A TCP proxy on this machine, between a driver and its database, whose line is as bad as the weather. */
export async function openProxy(target: { readonly host: string; readonly port: number }): Promise<BadLine> {
  const lines = new Set<Line>()
  const arrived = { requests: 0, answers: 0 }
  let weather: Weather = { kind: 'clear' }
  let left = Number.POSITIVE_INFINITY

  const reset = ({ client, server }: Line) => {
    client.resetAndDestroy()
    server.destroy()
  }

  function pass(line: Line, of: Direction, to: Socket, chunk: Buffer): void {
    arrived[of] += chunk.length
    if (weather.kind === 'black hole' || weather.kind === 'half-open') return
    const isCut = weather.kind === 'drop' && weather.of === of
    const share = isCut ? chunk.subarray(0, left) : chunk
    if (isCut) left -= share.length
    const send = () => {
      if (to.writable) to.write(share)
      if (share.length < chunk.length) reset(line)
    }
    if (weather.kind === 'delay') setTimeout(send, weather.ms)
    else send()
  }

  const proxy = createServer((client) => {
    if (weather.kind === 'reset') return void client.resetAndDestroy()
    const line: Line = { client, server: connect({ ...target, noDelay: true }) }
    client.setNoDelay(true)
    lines.add(line)
    client.on('data', (chunk) => pass(line, 'requests', line.server, chunk))
    line.server.on('data', (chunk) => pass(line, 'answers', client, chunk))
    line.server.on('error', () => {})
    client.on('error', () => {})
    client.on('close', () => {
      lines.delete(line)
      line.server.destroy()
    })
    line.server.on('close', () => {
      if (weather.kind !== 'half-open' && weather.kind !== 'black hole') client.destroy()
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo

  return {
    host: '127.0.0.1',
    port,
    open: () => lines.size,
    arrived: (direction) => arrived[direction],
    turn(next) {
      weather = next
      left = next.kind === 'drop' ? next.after : Number.POSITIVE_INFINITY
      if (next.kind === 'reset') for (const line of lines) reset(line)
      if (next.kind === 'half-open') for (const { server } of lines) server.destroy()
    },
    async close() {
      const closed = once(proxy, 'close')
      proxy.close()
      for (const line of lines) reset(line)
      await closed
    },
  }
}
