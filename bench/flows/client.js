import { createHash, randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { CALLBACK } from './settings.js'

/** A client, and the browser of its user, on a connection of their own. Every answer is looked at: what is refused is no flow. */
export class Client {
  #facts
  #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  #cookies = new Map()

  constructor(facts) {
    this.#facts = facts
    for (const cookie of facts.cookies ?? []) this.#keep(cookie)
  }

  close() {
    this.#agent.destroy()
  }

  /** What runs one flow of a kind. */
  async flow(kind) {
    if (kind === 'code') return () => this.#code()
    if (kind === 'machine') return () => this.#machine()
    let { refresh_token: token } = await this.#code()
    return async () => {
      const set = await this.#token({ grant_type: 'refresh_token', refresh_token: token, ...this.#public() })
      if (!set.refresh_token || set.refresh_token === token) throw new Error('the refresh token did not rotate')
      token = set.refresh_token
    }
  }

  #public = () => ({ client_id: this.#facts.client })

  async #code() {
    const verifier = randomBytes(32).toString('base64url')
    const query = new URLSearchParams({
      response_type: 'code',
      ...this.#public(),
      redirect_uri: CALLBACK,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state: 'a-state-of-16-ch',
      ...this.#facts.parameters,
    })
    const code = await this.#browse(`${this.#facts.authorize}?${query}`)
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: CALLBACK }
    return this.#token({ ...form, ...this.#public(), ...this.#facts.redemption })
  }

  #machine() {
    const { id, secret } = this.#facts.machine
    const authorization = `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`
    return this.#token({ grant_type: 'client_credentials', ...this.#facts.machine.parameters }, { authorization })
  }

  async #browse(path) {
    for (let to = path, i = 0; i < 6; i++) {
      const { status, headers, text } = await this.#send('GET', to, { cookie: this.#cookie() })
      for (const cookie of headers['set-cookie'] ?? []) this.#keep(cookie)
      const location = headers.location && new URL(headers.location, this.#facts.origin)
      if (!location) throw new Error(`${status}: ${text}`)
      const code = location.href.startsWith(CALLBACK) && location.searchParams.get('code')
      if (code) return code
      if (location.origin !== this.#facts.origin) throw new Error(`led to ${location}`)
      to = location.pathname + location.search
    }
    throw new Error('it leads nowhere')
  }

  async #token(form, headers = {}) {
    const body = new URLSearchParams(form).toString()
    const type = 'application/x-www-form-urlencoded'
    const all = { 'content-type': type, 'content-length': body.length, ...headers }
    const { status, text } = await this.#send('POST', this.#facts.token, all, body)
    const set = status === 200 ? JSON.parse(text) : {}
    if (!set.access_token) throw new Error(`${status}: ${text}`)
    return set
  }

  #cookie = () => [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')

  #keep(cookie) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)
    if (value === '') this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }

  #send(method, path, headers, body) {
    return new Promise((resolve, reject) => {
      const url = new URL(path, this.#facts.origin)
      const sent = request(url, { method, headers, agent: this.#agent }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}
