import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createTokens, memoryStore, type TokenStore, type TokensOptions } from 'tokenloop'
import { type AlertFinding, type GithubAlertsOptions, githubAlerts } from 'tokenloop/http'
import { createClock } from 'tokenloop/testing'
import { catalogue, START } from '../support/world.js'

export const PATH = '/github/secret-scanning'

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()

export interface Sent {
  readonly kid?: string | null
  readonly key?: KeyObject
  readonly signature?: string | null
  readonly type?: string | null
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Options extends Partial<GithubAlertsOptions> {
  readonly around?: (store: TokenStore) => TokenStore
  readonly tokenOptions?: Partial<TokensOptions>
}

/** A host with the receiver, and what stands in for GitHub: keys that it publishes, and alerts that it signs. */
export function github({ around = (store) => store, tokenOptions, ...options }: Options = {}) {
  const clock = createClock(START)
  const bare = memoryStore({ clock })
  const tokens = createTokens({ store: around(bare), catalogue, prefix: 'acme', ...tokenOptions })
  const keys = { k1: pair(), k2: pair() }
  const published: { key_identifier: unknown; key: unknown; is_current: boolean }[] = []
  const publish = (kid: keyof typeof keys) =>
    void published.push({ key_identifier: kid, key: pemOf(keys[kid].publicKey), is_current: true })
  publish('k1')
  /** What GitHub's address answers, and how often it was asked. */
  const meta = { asked: [] as Request[], answer: () => Response.json({ public_keys: published }) as Response | Error }
  const told: (AlertFinding & { readonly action: string })[] = []
  const errors: unknown[] = []
  const alerts = githubAlerts({
    tokens,
    clock,
    fetch: async (url, init) => {
      meta.asked.push(new Request(url, init))
      const answer = meta.answer()
      if (answer instanceof Error) throw answer
      return answer
    },
    notify: (finding) => told.push(finding),
    onError: (error) => errors.push(error),
    ...options,
  })

  /** A request as GitHub would sign it, but for what is said otherwise. */
  const signed = (body: string | Uint8Array, sent: Sent = {}): RequestInit => {
    const { kid = 'k1', key = keys.k1.privateKey, type = 'application/json', method = 'POST' } = sent
    const { signature = sign('sha256', Buffer.from(body), key).toString('base64') } = sent
    const headers = new Headers(sent.headers)
    if (type !== null) headers.set('content-type', type)
    if (kid !== null) headers.set('github-public-key-identifier', kid)
    if (signature !== null) headers.set('github-public-key-signature', signature)
    return { method, headers, ...(method === 'POST' && { body: Buffer.from(body) }) }
  }
  const send = async (body: string | Uint8Array, sent: Sent = {}) => {
    const response = await alerts.handle(new Request(`https://acme.dev${sent.path ?? PATH}`, signed(body, sent)))
    const text = (await response?.text()) ?? ''
    return { status: response?.status, headers: response?.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
  const match = (token: string, more: object = {}) => ({
    token,
    type: 'acme_token',
    url: 'https://github.com/octocat/hello/blob/1/a.txt',
    source: 'content',
    ...more,
  })
  /** Sends matches of secrets. */
  const report = (secrets: readonly string[], sent?: Sent) =>
    send(JSON.stringify(secrets.map((text) => match(text))), sent)
  return { alerts, tokens, bare, clock, keys, publish, published, meta, told, errors, signed, send, report, match }
}
