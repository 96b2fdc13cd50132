import { describe, expect, it } from 'vitest'
import { api, form, refusal } from './support.js'

const AMBIGUOUS = { reason: 'ambiguous', status: 400, body: expect.stringContaining('"invalid_request"') }

/** A body of these parts; `end` says what becomes of it then. */
const stream = (
  parts: readonly string[],
  end: (body: ReadableStreamDefaultController) => void = (body) => body.close(),
) =>
  new ReadableStream<Uint8Array>({
    start(body) {
      for (const part of parts) body.enqueue(new TextEncoder().encode(part))
      end(body)
    },
  })

describe('a form beside a credential in a header', () => {
  it.each([
    'access_token=x',
    'a=1&access_token=',
    'access%5ftoken=x',
    'acc%65ss_token=x&a=1',
    'access_token',
    '&&access_token=x&access_token=y',
  ])('A2.8 is refused when it carries a token, as %s', async (body) => {
    const { guard, issue } = api()
    const { text } = await issue()
    for (const header of [
      ['authorization', `Bearer ${text}`],
      ['x-api-key', text],
    ] as const) {
      expect(await refusal(guard.check(form(body, header)))).toMatchObject(AMBIGUOUS)
    }
  })

  it('A2.8 is refused when it carries the same token', async () => {
    const { guard, issue } = api()
    const { text } = await issue()
    expect(await refusal(guard.check(form(`access_token=${text}`, ['x-api-key', text])))).toMatchObject(AMBIGUOUS)
  })

  it.each(['application/x-www-form-urlencoded;charset=UTF-8', 'Application/X-WWW-Form-URLEncoded ; a=b'])(
    'A2.8 is refused when its type is written as "%s"',
    async (type) => {
      const { guard, issue } = api()
      const request = new Request('https://api.acme.dev/', {
        method: 'POST',
        headers: { 'content-type': type, 'x-api-key': (await issue()).text },
        body: 'access_token=x',
      })
      expect(await refusal(guard.check(request))).toMatchObject(AMBIGUOUS)
    },
  )

  it('A2.8 is refused when it comes in pieces, and spends nothing', async () => {
    const { guard, issue } = api()
    const { text } = await issue({ limits: [{ name: 'calls', limit: 1 }] })
    const body = stream(['title=Z\u00fcrich&acce', 'ss_to', 'ken=x'])
    expect(await refusal(guard.check(form(body, ['x-api-key', text])))).toMatchObject(AMBIGUOUS)
    expect(await guard.check(form('title=x', ['x-api-key', text]))).toMatchObject({ ok: true })
  })

  it('passes without one, and stays to be read by the host', async () => {
    const { guard, issue } = api()
    const { text } = await issue()
    for (const body of [
      'title=access_token',
      'my_access_token=x&access_token2=y',
      'Access_Token=x',
      '',
      'a='.repeat(80_000),
    ]) {
      const request = form(body, ['x-api-key', text])
      expect(await guard.check(request)).toMatchObject({ ok: true })
      expect(request.bodyUsed).toBe(false)
      expect(await request.text()).toBe(body)
    }
  })

  it('is read as the host reads it, wherever its pieces end', async () => {
    const { guard, issue } = api()
    const { text } = await issue()
    // A byte order mark, which a piece of its own would lose.
    expect(await guard.check(form(stream(['access', '\ufeff_token=x']), ['x-api-key', text]))).toMatchObject({
      ok: true,
    })
  })

  it('stays to be read by the host when it is refused, too', async () => {
    const { guard, issue } = api()
    const request = form('access_token=x&a=1', ['x-api-key', (await issue()).text])
    await guard.check(request)
    expect((await request.formData()).get('a')).toBe('1')
  })

  it('is read no further than 64 KiB', async () => {
    const { guard, issue } = api()
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(body) {
        sent += 1024
        body.enqueue(new Uint8Array(1024).fill(0x61))
      },
    })
    expect(await guard.check(form(endless, ['x-api-key', (await issue()).text]))).toMatchObject({ ok: true })
    expect(sent).toBeLessThan(80 * 1024)
  })

  it('is not judged when it cannot be read: broken off, taken by another reader, or read already', async () => {
    const { guard, issue } = api()
    const header = ['x-api-key', (await issue()).text] as const
    const broken = form(
      stream(['access_token=x'], (body) => body.error(new Error('the client has left'))),
      header,
    )
    const taken = form('access_token=x', header)
    taken.body?.getReader()
    const read = form('access_token=x', header)
    await read.text()
    for (const request of [broken, taken, read]) expect(await guard.check(request)).toMatchObject({ ok: true })
  })

  it('is not judged when it is none, or has no body', async () => {
    const { guard, issue } = api()
    const { text } = await issue()
    const types = [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded-evil',
      'multipart/form-data; boundary=x',
    ]
    for (const type of types) {
      const headers = { 'content-type': type, 'x-api-key': text }
      const request = new Request('https://api.acme.dev/', { method: 'POST', headers, body: 'access_token=x' })
      expect(await guard.check(request)).toMatchObject({ ok: true })
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-api-key': text }
    expect(await guard.check(new Request('https://api.acme.dev/', { headers }))).toMatchObject({ ok: true })
    expect(await guard.check({ headers: new Headers(headers) })).toMatchObject({ ok: true })
  })
})

describe('a form with a token and nothing in a header', () => {
  it('carries no credential', async () => {
    const { guard, issue } = api()
    const request = form(`access_token=${(await issue()).text}`)
    expect(await refusal(guard.check(request))).toMatchObject({ reason: 'missing', status: 401 })
  })
})
