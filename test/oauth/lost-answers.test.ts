import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeListener } from 'tokenloop/node'
import { createClock, faultyStore } from 'tokenloop/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openProxy } from '../support/proxy.js'
import { stores } from '../support/stores.js'
import { ISSUER, type WorldOptions, world } from './support.js'

type Fields = Readonly<Record<string, string>>

/** A server that clients reach over a line which can be cut once the answer is on its way: what it answers was written by then. */
async function overBadLine(options: WorldOptions) {
  const as = await world(options)
  const server = createServer(toNodeListener(as.auth.handle, { origin: ISSUER })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const line = await openProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  onTestFinished(async () => {
    await line.close()
    server.closeAllConnections()
    server.close()
  })
  const client = await as.publicClient()
  const send = async (fields: Fields) => {
    const headers = { connection: 'close' }
    const body = new URLSearchParams({ client_id: client, ...fields })
    const response = await fetch(`http://127.0.0.1:${line.port}/oauth/token`, { method: 'POST', headers, body })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  /** Sends it, and gets no answer. */
  const lose = async (fields: Fields) => {
    const before = line.arrived('answers')
    line.turn({ kind: 'drop', of: 'answers', after: 0 })
    await expect(send(fields)).rejects.toThrow()
    expect(line.arrived('answers')).toBeGreaterThan(before)
    line.turn({ kind: 'clear' })
  }
  const refreshing = (token: unknown) => ({ grant_type: 'refresh_token', refresh_token: String(token) })
  return { ...as, client, send, lose, refreshing }
}

describe.each(stores)('a client whose answers are lost, on $name,', ({ make }) => {
  const started = async (clock = createClock()) => overBadLine({ clock, store: await make({ clock }) })

  it('R3 A9.2 gets the refresh token that was written, when it asks again', async () => {
    const { client, connect, send, lose, refreshing, store } = await started()
    const { body } = await connect(client)
    const first = refreshing(body.refresh_token)
    const generation = async () =>
      (await store.get('authorization', first.refresh_token.slice(3, 14))).record?.refresh?.generation
    await lose(first)
    expect(await generation()).toBe(2)
    const again = await send(first)
    expect(again.status).toBe(200)
    await lose(first)
    expect((await send(first)).body.refresh_token).toBe(again.body.refresh_token)
    expect(await generation()).toBe(2)
    expect((await send(refreshing(again.body.refresh_token))).status).toBe(200)
  })

  it('R4 R59 A9.6 is taken for a thief after the window, also after a restart, and other devices live on', async () => {
    const { client, connect, send, lose, refreshing, store, clock, post } = await started()
    const device = (await connect(client)).body
    const { body } = await connect(client)
    await lose(refreshing(body.refresh_token))
    await lose(refreshing(body.refresh_token))
    clock.advance('31s')
    const restarted = await world({ store, clock })
    const late = await restarted.post('/oauth/token', { client_id: client, ...refreshing(body.refresh_token) })
    expect(late).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const [event] = (await store.list('event', { about: String(body.refresh_token).slice(3, 14) }, { limit: 1 })).items
    expect(event).toMatchObject({ type: 'authorization.ended', detail: { why: 'refresh_reused' } })
    expect((await send(refreshing(body.refresh_token))).status).toBe(400)
    expect((await post('/oauth/token', { client_id: client, ...refreshing(device.refresh_token) })).status).toBe(200)
  })

  it('R2 has used its code up, and nothing more is redeemed or ended by asking again', async () => {
    const { client, codeFor, send, lose, store } = await started()
    const { code, verifier } = await codeFor(client)
    const redemption = { grant_type: 'authorization_code', code, code_verifier: verifier }
    await lose(redemption)
    const { record } = await store.get('authorization', code.slice(3, 14))
    expect(record).toMatchObject({ status: 'active', refresh: { generation: 1 } })
    expect(await send(redemption)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await store.get('authorization', code.slice(3, 14))).record).toEqual(record)
  })

  it('R3 R67 is told to try again where the store kept its answer back, and gets what was written', async () => {
    const clock = createClock()
    const faulty = faultyStore(await make({ clock }), { lost: { point: 'after', method: 'write' } })
    faulty.off()
    const as = await world({ clock, store: faulty })
    const client = await as.publicClient()
    const { body } = await as.connect(client)
    const refresh = (token: unknown) =>
      as.post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token: String(token) })
    faulty.on()
    const lost = await refresh(body.refresh_token)
    expect(lost).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
    expect(lost.headers.get('retry-after')).toBe('1')
    faulty.off()
    const again = await refresh(body.refresh_token)
    expect(again.status).toBe(200)
    expect((await refresh(body.refresh_token)).body.refresh_token).toBe(again.body.refresh_token)
    expect((await refresh(again.body.refresh_token)).status).toBe(200)
  })
})
