import { createHash, generateKeyPairSync, randomBytes, sign, timingSafeEqual } from 'node:crypto'
import { ACCESS_SECONDS, CALLBACK, RESOURCE, SCOPE } from '../settings.js'

/*
 * The least that a server does: it parses, hashes, looks into a map, signs, and answers with the headers that have to be there. It has
 * one client, one user, no limits and no faults.
 */

const sha256 = (text) => createHash('sha256').update(text).digest('base64url')
const secret = () => randomBytes(32).toString('base64url')
const isSame = (a, b) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' }

export function floor({ origin, format }) {
  const codes = new Map()
  const refreshes = new Map()
  const accesses = new Map()
  const machine = { id: 'machine', secret: secret() }
  const digest = sha256(machine.secret)
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: '1' })).toString('base64url')

  const jwt = (sub) => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = {
      iss: origin,
      sub,
      aud: RESOURCE,
      client_id: 'client',
      scope: SCOPE,
      iat,
      exp: iat + ACCESS_SECONDS,
      jti: secret(),
    }
    const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
    return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
  const opaque = (sub) => {
    const text = secret()
    accesses.set(sha256(text), { sub, scope: SCOPE, exp: Date.now() + ACCESS_SECONDS * 1000 })
    return text
  }
  const access = format === 'jwt' ? jwt : opaque
  const tokens = (sub) => {
    const refresh = secret()
    refreshes.set(sha256(refresh), { sub })
    return {
      access_token: access(sub),
      token_type: 'Bearer',
      expires_in: ACCESS_SECONDS,
      scope: SCOPE,
      refresh_token: refresh,
    }
  }
  const take = (map, text) => {
    const id = sha256(text ?? '')
    const found = map.get(id)
    map.delete(id)
    return found
  }

  const GRANTS = {
    authorization_code(form) {
      const code = take(codes, form.get('code'))
      if (!code || !isSame(sha256(form.get('code_verifier') ?? ''), code.challenge)) return undefined
      return form.get('client_id') === code.client ? tokens('alice') : undefined
    },
    refresh_token(form) {
      return take(refreshes, form.get('refresh_token')) && tokens('alice')
    },
    client_credentials(_form, { headers: { authorization = '' } }) {
      const [id, given] = Buffer.from(authorization.slice('Basic '.length), 'base64').toString().split(':')
      if (id !== machine.id || !isSame(sha256(given ?? ''), digest)) return undefined
      return { access_token: access(id), token_type: 'Bearer', expires_in: ACCESS_SECONDS, scope: SCOPE }
    },
  }

  function authorize(query, res) {
    if (query.get('client_id') !== 'client' || query.get('redirect_uri') !== CALLBACK) return res.writeHead(400).end()
    const code = secret()
    codes.set(sha256(code), { client: 'client', challenge: query.get('code_challenge'), at: Date.now() })
    const location = `${CALLBACK}?code=${code}&state=${encodeURIComponent(query.get('state'))}&iss=${encodeURIComponent(origin)}`
    return res.writeHead(303, { location, 'cache-control': 'no-store' }).end()
  }

  function listener(req, res) {
    if (req.method === 'GET') return authorize(new URLSearchParams(req.url.split('?')[1]), res)
    const chunks = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString())
      const answer = GRANTS[form.get('grant_type')]?.(form, req)
      res.writeHead(answer ? 200 : 400, HEADERS).end(JSON.stringify(answer ?? { error: 'invalid_grant' }))
    })
  }
  return { listener, authorize: '/authorize', token: '/token', client: 'client', machine }
}
