import { createPkce } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { flowTransports, world } from '../oauth/support.js'

describe.each(flowTransports)('RFC 7636 $name', (over) => {
  const begun = async () => {
    const w = await world({ over })
    const client = await w.publicClient()
    const { code, verifier } = await w.codeFor(client)
    const redeem = (code_verifier: string | undefined, of = code) =>
      w.post('/oauth/token', { grant_type: 'authorization_code', client_id: client, code: of, code_verifier })
    return { ...w, client, code, verifier, redeem }
  }

  it('A7.4 A7.6 a verifier that is missing or malformed is refused, and costs the code nothing', async () => {
    const { redeem, verifier } = await begun()
    expect(await redeem(undefined)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    const { challenge } = createPkce()
    const forms = [
      '',
      'S256',
      'x',
      'a'.repeat(42),
      'a'.repeat(129),
      `${'a'.repeat(42)} `,
      `${'a'.repeat(42)}+`,
      `${'a'.repeat(42)}é`,
    ]
    for (const form of forms) expect((await redeem(form)).status, form).toBe(400)
    // As often as this, a wrong one would have ended the code.
    expect((await redeem(challenge)).body.error).toBe('invalid_grant')
    expect((await redeem(verifier)).status).toBe(200)
  })

  it('A7.7 A7.8 one that is almost right, the challenge itself, and that of another transaction are wrong', async () => {
    const { redeem, verifier, codeFor, client } = await begun()
    const other = await codeFor(client)
    const flipped = verifier.replace(/[a-z]/, (letter) => letter.toUpperCase())
    for (const wrong of [`${verifier}\n`, `${verifier}A`, flipped, other.verifier]) {
      expect(await redeem(wrong)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    }
    expect((await redeem(other.verifier, other.code)).status).toBe(200)
    expect((await redeem(verifier)).status).toBe(200)
  })

  it('A7.9 four wrong ones leave a code good, the fifth ends it, and no token', async () => {
    const { redeem, verifier, post, client, connect } = await begun()
    const before = await connect(client, { prompt: 'consent' })
    for (let i = 0; i < 4; i++) expect((await redeem(createPkce().verifier)).body.error).toBe('invalid_grant')
    const { redeem: redeemOther, verifier: right } = await begun()
    for (let i = 0; i < 4; i++) await redeemOther(createPkce().verifier)
    expect((await redeemOther(right)).status).toBe(200)
    await redeem(createPkce().verifier)
    expect(await redeem(verifier)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const refresh_token = String(before.body.refresh_token)
    const refreshed = await post('/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token })
    expect(refreshed.status).toBe(200)
  })
})
