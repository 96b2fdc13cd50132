import { system, user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { catalogue, dial, host, onSockets, statusOf } from './support.js'

type Host = Awaited<ReturnType<typeof host>>

/** What an owner does about a token that has leaked. */
const ENDS: Readonly<Record<string, (host: Host, id: string) => Promise<unknown>>> = {
  'its revocation': ({ tokens }, id) => tokens.revoke(id, { by: system }),
  'its rotation': ({ tokens }, id) => tokens.rotate(id, { by: system }),
  'that of all tokens of its owner': ({ tokens }) => tokens.revokeAll({ by: system, owner: user('alice') }),
}

describe.each(onSockets)('a caller that holds back the body until its token has ended, behind $name', (on) => {
  it.each(Object.entries(ENDS))('A1.13 makes no token that outlives %s', async (_, end) => {
    let known: (() => void) | undefined
    const authenticated = new Promise<void>((resolve) => {
      known = resolve
    })
    const house: Host = await host({
      on,
      api: {
        authenticate: async (request) => {
          const seen = await house.tokens.verify(request.headers.get('authorization')?.slice(7))
          known?.()
          return seen.ok ? seen.principal : undefined
        },
      },
    })
    const { tokens, port } = house
    const owner = user('alice')
    const leaked = await tokens.issue({ by: system, owner, tenant: 'ws_1', name: 'leaked', scopes: ['issues:read'] })
    const body = JSON.stringify({ name: 'kept', scopes: ['issues:read'] })
    const { send, ended } = await dial(port)
    send(
      `POST /v1/api-tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${leaked.secret.reveal()}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
    )
    await authenticated
    await end(house, leaked.token.id)
    send(body)
    expect(statusOf(await ended)).toBe(403)
    expect((await tokens.list()).items.map(({ name }) => name)).toEqual(['leaked'])
  })

  it('A1.13 makes no service account either, where it is a user who is suspended meanwhile', async () => {
    let known: (() => void) | undefined
    const authenticated = new Promise<void>((resolve) => {
      known = resolve
    })
    const { accounts, port } = await host({
      on,
      api: {
        authenticate: () => {
          known?.()
          return user('alice', { scopes: catalogue.names, tenant: 'ws_1' })
        },
      },
    })
    const body = JSON.stringify({ name: 'kept', scopes: ['issues:read'] })
    const { send, ended } = await dial(port)
    send(
      'POST /v1/service-accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
    )
    await authenticated
    await accounts.suspend(user('alice'), { by: system })
    send(body)
    expect(statusOf(await ended)).toBe(403)
    expect((await accounts.list()).items).toEqual([])
  })
})
