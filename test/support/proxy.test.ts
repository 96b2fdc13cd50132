import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BadLine, openProxy } from './proxy.js'

/** A server that sends back what it gets, behind a proxy, and what it got. */
let got = ''
let ended = 0
let proxy: BadLine
const open: Socket[] = []
const echo = createServer((socket) => {
  socket.on('data', (chunk) => {
    got += chunk
    socket.write(chunk)
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    ended++
  })
})

beforeEach(async () => {
  got = ''
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await openProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port })
  ended = 0
})

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await proxy.close()
  await new Promise((resolve) => echo.close(resolve))
})

async function client() {
  const socket = connect(proxy.port, proxy.host)
  open.push(socket)
  let answer = ''
  let fault = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    fault = error.code ?? ''
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await once(socket, 'connect')
  return { socket, answer: () => answer, fault: () => fault, closed }
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

describe('the proxy', () => {
  it('lets everything through as long as the weather is clear', async () => {
    const { socket, answer } = await client()
    socket.write('hello')
    await until(() => answer() === 'hello')
    expect([proxy.arrived('requests'), proxy.arrived('answers'), proxy.open()]).toEqual([5, 5, 1])
  })

  it('drops a connection after so many bytes of an answer, when the server has it all', async () => {
    const { socket, answer, closed } = await client()
    proxy.turn({ kind: 'drop', of: 'answers', after: 2 })
    socket.write('hello')
    await closed
    expect(got).toBe('hello')
    expect('he').toContain(answer())
  })

  it('drops a connection after so many bytes of a request, and the server has no more', async () => {
    const { socket, closed } = await client()
    proxy.turn({ kind: 'drop', of: 'requests', after: 3 })
    socket.write('hello')
    await closed
    await until(() => ended === 1)
    expect('hel').toContain(got)
  })

  it('resets what is open, and what is opened later', async () => {
    const { closed } = await client()
    proxy.turn({ kind: 'reset' })
    await closed
    const later = connect(proxy.port, proxy.host)
    await new Promise((resolve) => later.on('error', () => {}).once('close', resolve))
    expect(proxy.open()).toBe(0)
  })

  it('swallows everything in a black hole, and heals', async () => {
    const { socket, answer } = await client()
    proxy.turn({ kind: 'black hole' })
    socket.write('lost')
    const other = await client()
    other.socket.write('lost too')
    await until(() => proxy.arrived('requests') === 12)
    proxy.turn({ kind: 'clear' })
    await until(() => {
      socket.write('.')
      return answer() !== ''
    })
    expect(got).not.toContain('lost')
  })

  it('leaves a client waiting for a server that is gone', async () => {
    const { socket, answer, fault } = await client()
    socket.write('hello')
    await until(() => answer() === 'hello')
    proxy.turn({ kind: 'half-open' })
    await until(() => ended > 0)
    socket.write('anybody?')
    expect([fault(), socket.destroyed, proxy.open()]).toEqual(['', false, 1])
  })

  it('passes on late what it delays', async () => {
    const { socket, answer } = await client()
    proxy.turn({ kind: 'delay', ms: 20 })
    socket.write('hello')
    await until(() => got === 'hello')
    expect(answer()).toBe('')
    await until(() => answer() === 'hello')
  })
})
