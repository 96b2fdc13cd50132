import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import {
  createAccounts,
  createTokens,
  defineCatalogue,
  type IssueInput,
  memoryStore,
  system,
  type TokenStore,
  type TokensOptions,
  user,
} from 'tokenloop'
import { type Authenticated, type ManagementApi, type ManagementApiOptions, managementApi } from 'tokenloop/http'
import type { NodeOptions } from 'tokenloop/node'
import { apiTokens, createGuard } from 'tokenloop/resource'
import { onTestFinished } from 'vitest'
import { type Answer, type Body, documentOf, expectDocumented } from './documented.js'
import { closed, type Host, nodeHost, type Served, served } from './hosts.js'

export { type Host, hosts, onNode, onSockets, served } from './hosts.js'

export const catalogue = defineCatalogue(
  {
    'issues:read': { description: 'Read issues', group: 'Data' },
    'issues:write': { description: 'Create and update issues', group: 'Data', implies: ['issues:read'] },
    'hooks:write': { description: 'Manage webhooks', group: 'Integrations' },
    'members:read': { description: 'Read members', group: 'Workspace' },
    'reports:read': { description: 'Read reports', group: 'AI & Reports' },
    'workspace:admin': { description: 'Manage service accounts', group: 'Admin' },
  },
  { roles: { Reader: ['issues:read'] } },
)
export type Scope = (typeof catalogue.names)[number]

export const NOW = Date.UTC(2030, 0, 1)

/** Who may call: by the header `x-user`, as a session would, or by a token. */
const PEOPLE: Record<string, ReturnType<typeof user>> = {
  alice: user('alice', { scopes: catalogue.names, tenant: 'ws_1' }),
  bob: user('bob', { scopes: ['issues:write'], tenant: 'ws_1' }),
  carol: user('carol', { scopes: catalogue.names, tenant: 'ws_2' }),
  lone: user('lone', { scopes: catalogue.names }),
}

export interface Options {
  readonly around?: (store: TokenStore) => TokenStore
  readonly tokens?: Partial<TokensOptions<Scope, 'Reader'>>
  readonly api?: Partial<ManagementApiOptions<Scope, 'Reader'>>
  readonly node?: NodeOptions
  /** What serves it; Node alone by default. */
  readonly on?: Host
}

/** The management API behind a host, with a store of its own. */
export async function host({ around, tokens: tokensOptions, api: apiOptions, node, on = nodeHost }: Options = {}) {
  let now = NOW
  const clock = { now: () => now }
  const inner = memoryStore({ clock })
  const store = around?.(inner) ?? inner
  const tokens = createTokens({
    store,
    catalogue,
    prefix: 'cl',
    uniqueNames: true,
    lifetimes: ['any', 'never'],
    ...tokensOptions,
  })
  const accounts = createAccounts({ store, catalogue })
  const errors: unknown[] = []
  const authenticate = async (request: Request): Promise<Authenticated> => {
    const name = request.headers.get('x-user')
    if (name !== null) return PEOPLE[name]
    const text = /^Bearer ([^ ,]+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
    const seen = await tokens.verify(text)
    if (!seen.ok && seen.reason === 'unavailable') throw new Error('the store is away')
    return seen.ok ? seen.principal : undefined
  }
  const api = managementApi({
    tokens,
    accounts,
    catalogue,
    authenticate,
    basePath: '/v1',
    accountsScope: 'workspace:admin',
    onError: (error) => errors.push(error),
    ...apiOptions,
  })
  const server = await served(on, {
    parts: { api },
    options: { onError: (error) => errors.push(error), ...node },
  })
  const advance = (milliseconds: number) => {
    now += milliseconds
  }
  return { api, tokens, accounts, store, errors, advance, ...server, ...callsOf(api, server) }
}

/** A guard of the API `https://api.acme.dev`, and the headers of a new token of bob's for it. */
export function guarding({ around }: Pick<Options, 'around'> = {}) {
  const inner = memoryStore()
  const tokens = createTokens({ store: around?.(inner) ?? inner, catalogue, prefix: 'cl' })
  const guard = createGuard({ resource: 'https://api.acme.dev', catalogue, accept: [apiTokens(tokens)] })
  const issue = async (terms: Partial<IssueInput<Scope, 'Reader'>> = {}) => {
    const given = { by: system, owner: user('bob'), name: 'ci', scopes: ['issues:read'] as const, ...terms }
    return { authorization: `Bearer ${(await tokens.issue(given)).secret.reveal()}` }
  }
  return { guard, issue }
}

export interface CallInput {
  readonly as?: string | undefined
  readonly token?: string | undefined
  readonly body?: unknown
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Record<string, string>
}

/** How a client calls; every answer is held against the document of the API. */
function callsOf(api: ManagementApi, { url, fetch }: Served) {
  const document = documentOf(api)
  const call = async (method: string, path: string, input: CallInput = {}): Promise<Answer> => {
    const { as, token, body, raw, headers } = input
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(as !== undefined && { 'x-user': as }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(sent !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
    })
    const text = await response.text()
    const answer = { status: response.status, headers: response.headers, text, body: parsed(text) }
    if (path.startsWith('/v1/')) expectDocumented(document, method, new URL(url + path).pathname, answer)
    return answer
  }
  return {
    call,
    /** Makes a token, and answers with what the client saw. */
    create: async (as: string, name: string, scopes: readonly string[] = ['issues:read']) =>
      (await call('POST', '/v1/api-tokens', { as, body: { name, scopes } })).body,
    createAccount: async (as: string, name: string, scopes: readonly string[] = ['issues:read']) =>
      (await call('POST', '/v1/service-accounts', { as, body: { name, scopes } })).body,
  }
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body
  } catch {
    return {} as Body
  }
}

/** Puts a listener behind a real server on a free port, until the test ends. */
export async function serve(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => closed(server))
  const { port } = server.address() as AddressInfo
  return { server, port, url: `http://127.0.0.1:${port}` }
}

/** A connection by hand: what is sent is sent as it is, and all that comes back is kept. */
export async function dial(port: number) {
  const socket: Socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(text)))
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return {
    socket,
    send: (bytes: string) => socket.write(bytes, 'latin1'),
    /** All that came, once the server has closed the connection. */
    ended,
    /** All that came, as soon as it has this. */
    seen: (what: string | RegExp) =>
      new Promise<string>((resolve) => {
        const look = () => {
          if (text.match(what) === null) return
          socket.off('data', look).off('close', look)
          resolve(text)
        }
        socket.on('data', look).on('close', look)
        look()
      }),
  }
}

/** Sends bytes over a connection of their own, which the server is to close, and answers with all that came back. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const { send, ended } = await dial(port)
  send(bytes)
  return ended
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
export const codeOf = (answer: string): string | undefined => /"code":"(\w+)"/.exec(answer)?.[1]

/** A promise that a test settles. */
export function later<T>() {
  let resolve: (value: T | PromiseLike<T>) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((...settle) => {
    ;[resolve, reject] = settle
  })
  return { promise, resolve, reject }
}
