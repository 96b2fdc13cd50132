import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { memoryStore, type TokenStore } from 'tokenloop'
import { createClock, slowStore, type TestClock } from 'tokenloop/testing'
import { onTestFinished } from 'vitest'
import { type App, type Hosted, host, serve } from '../../examples/shared/serve.js'
import { stores } from '../support/stores.js'

/** Every store, and memory when it takes its time, as the others do by themselves. */
export const paces: typeof stores = [
  ...stores,
  { name: 'slow memory', make: (options) => slowStore(memoryStore(options)) },
]

/** An example on a store and a clock of its own, served until the test is over. */
export async function served(make: (typeof paces)[number]['make'], makeApp: (store: TokenStore) => App) {
  const clock = createClock(Date.now())
  const app = makeApp(await make({ clock }))
  const { origin, stop } = await serve(app, 0)
  onTestFinished(stop)
  return { origin, clock }
}

/** A host that wants to know where it is, in the same way. */
export async function servedHost(
  make: (typeof paces)[number]['make'],
  makeHost: (store: TokenStore, clock: TestClock, origin: string) => Hosted | Promise<Hosted>,
) {
  const clock = createClock(Date.now())
  const store = await make({ clock })
  const { origin, stop } = await host((at) => makeHost(store, clock, at), 0)
  onTestFinished(stop)
  return { origin, clock, store }
}

/** An example as a process of its own: what it says, and how it ends. */
export async function started(example: string, env: NodeJS.ProcessEnv = {}) {
  const main = fileURLToPath(new URL(`../../examples/${example}/main.ts`, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  let complained = ''
  child.stderr.on('data', (chunk) => {
    complained += chunk
  })
  const listening = new Promise<string | undefined>((resolve) => {
    child.stdout.on('data', (chunk) => {
      said += chunk
      if (said.includes('\n')) resolve(/^listening on (http:\/\/localhost:\d+)\n$/.exec(said)?.[1])
    })
    ended.then(() => resolve(undefined))
  })
  return {
    origin: (await listening) ?? '',
    said: () => said,
    complained: () => complained,
    /** Tells it to end, and answers its exit code. */
    async end(signal?: NodeJS.Signals): Promise<unknown> {
      if (signal !== undefined) child.kill(signal)
      const [code] = await ended
      return code
    },
  }
}

/** What came back. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, where it is JSON. */
  readonly json: Wire
}

/** The fields that answers have, each in some of them. */
export interface Wire {
  readonly id: string
  readonly name: string
  readonly secret: string
  readonly scopes: readonly string[]
  readonly expires_at: string | null
  readonly last_used_at: string | null
  readonly created_by: string
  readonly data: readonly Wire[]
  readonly next_cursor: string | null
}

/** Whoever calls: with a session, with a token, or as nobody. */
export class Caller {
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>

  constructor(origin: string, headers: Readonly<Record<string, string>> = {}) {
    this.origin = origin
    this.headers = headers
  }

  /** The same caller with more headers. */
  with(headers: Readonly<Record<string, string>>): Caller {
    return new Caller(this.origin, { ...this.headers, ...headers })
  }

  async send(method: string, path: string, body?: string | URLSearchParams, type?: string): Promise<Reply> {
    const response = await fetch(this.origin + path, {
      method,
      headers: { ...this.headers, ...(type !== undefined && { 'content-type': type }) },
      redirect: 'manual',
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const isJson = text !== '' && /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} }
  }

  get(path: string): Promise<Reply> {
    return this.send('GET', path)
  }

  delete(path: string): Promise<Reply> {
    return this.send('DELETE', path)
  }

  post(path: string, json?: unknown): Promise<Reply> {
    return this.#json('POST', path, json)
  }

  patch(path: string, json: unknown): Promise<Reply> {
    return this.#json('PATCH', path, json)
  }

  form(path: string, fields: Readonly<Record<string, string>>): Promise<Reply> {
    return this.send('POST', path, new URLSearchParams(fields))
  }

  #json(method: string, path: string, json: unknown): Promise<Reply> {
    return json === undefined
      ? this.send(method, path)
      : this.send(method, path, JSON.stringify(json), 'application/json')
  }
}

/** Text as a person reads it on a page. */
export const readable = (html: string): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim()

/** Signs in by name, as a browser does with the form. */
export async function signedIn(origin: string, user: string): Promise<Caller> {
  const { headers } = await new Caller(origin).form('/login', { user })
  return new Caller(origin, { cookie: headers.get('set-cookie')?.split(';')[0] ?? '' })
}

/** A program that holds a token of Causeloop. */
export const bearer = (origin: string, secret: string): Caller =>
  new Caller(origin, { authorization: `Bearer ${secret}` })
