import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Mountable } from 'tokenloop/node'
import type { AuthorizationServer, Explanation } from 'tokenloop/oauth'
import { answersPlainly, type PlainHandler, plainHandlerOf } from '../../src/core/plain.js'
import { type Host, hosts, onSockets, type Served } from '../http/hosts.js'

/** Answers a request, or `undefined` for one that is not its own. */
type Answer = (request: Request) => Promise<Response | undefined>

/** How requests reach the authorization server in a flow, and how answers come back. */
export interface FlowTransport {
  readonly name: string
  /** `plainly` answers instead, where the host has no `Request` of its own. */
  carry(request: Request, answer: Answer, plainly?: PlainHandler): Promise<Response | undefined>
  /** How long an address may be that the host takes, in characters: Node reads so much of a head. */
  readonly longest: number
}

/**
 * Every flow runs all of these ways: handed over as it is, and sent to each host, over a real socket where it listens.
 *
 * @example
 * describe.each(flowTransports)('RFC 7009 $name', (over) => {
 *   it('revokes', async () => {
 *     const { auth, post } = await world({ over })
 *   })
 * })
 */
export const flowTransports: readonly FlowTransport[] = [
  { name: 'in this process', carry: (request, answer) => answer(request), longest: Infinity },
  ...hosts.map((host) => ({
    name: `behind ${host.name}`,
    carry: through(host),
    longest: onSockets.includes(host) ? 8000 : Infinity,
  })),
]

export const direct = flowTransports[0] as FlowTransport

/** Which work a request is for. */
const WORK = 'x-test-work'
/** Says that the handler left a request to others. */
const LEFT = 'x-test-left'
const works = new Map<string, { readonly answer: Answer; readonly plainly: PlainHandler | undefined }>()

const working: Mountable = {
  async handle(request) {
    const id = request.headers.get(WORK) ?? ''
    const work = works.get(id)?.answer
    const headers = new Headers(request.headers)
    headers.delete(WORK)
    return (
      (await work?.(new Request(request, { headers }))) ?? new Response(null, { status: 404, headers: { [LEFT]: '1' } })
    )
  },
}

/** The same for work that needs no `Request`, as the authorization server's own endpoints do not. */
const plain = answersPlainly<Mountable>({ handle: async () => undefined }, async (request, from) => {
  const plainly = works.get(request.headers.get(WORK) ?? '')?.plainly
  return plainly && ((await plainly(request, from)) ?? { status: 404, headers: { [LEFT]: '1' }, body: null })
})

/** Carries requests to a host, of which there is one for each origin that is asked for. */
function through(host: Host): FlowTransport['carry'] {
  const started = new Map<string, Promise<Served>>()
  const servedAt = (origin: string): Promise<Served> => {
    const known = started.get(origin) ?? host.start({ parts: { plain, working }, options: { origin } })
    started.set(origin, known)
    return known
  }
  return async (request, answer, plainly) => {
    const { origin, pathname, search } = new URL(request.url)
    const { port, fetch } = await servedAt(origin)
    const id = crypto.randomUUID()
    works.set(id, { answer, plainly })
    try {
      const { method } = request
      const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
      const headers = { ...Object.fromEntries(request.headers), [WORK]: id }
      const response = await (port === 0
        ? fetch(request.url, { method, headers, ...(body !== undefined && { body }) })
        : sent({ port, path: pathname + search, method, headers }, body))
      return response.headers.has(LEFT) ? undefined : response
    } finally {
      works.delete(id)
    }
  }
}

function sent(options: object, body: Uint8Array | undefined): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', agent: false, ...options }, (incoming) => {
      read(incoming).then(resolve, reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function read(incoming: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const headers = new Headers()
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i] as string, incoming.rawHeaders[i + 1] as string)
  }
  const status = incoming.statusCode ?? 0
  const isBare = [204, 205, 304].includes(status) || chunks.length === 0
  return new Response(isBare ? null : Buffer.concat(chunks), { status, headers })
}

/** The server as a browser and a client reach it over a transport: what is asked of it, and what it answers, goes that way. */
export function carried(auth: AuthorizationServer, { carry }: FlowTransport): AuthorizationServer {
  const explanations = new WeakMap<object, Explanation>()
  /** What was answered, as it arrives elsewhere. */
  const arrived = <T extends object>(answer: T, original: object | undefined): T => {
    const explanation: Explanation | undefined = original && Reflect.apply(auth.explain, auth, [original])
    if (explanation !== undefined) explanations.set(answer, explanation)
    return answer
  }
  const answerPlainly = plainHandlerOf(auth)
  return {
    ...auth,
    async handle(request, from) {
      let original: object | undefined
      const answer: Answer = async (request) => {
        const response = await auth.handle(request, from)
        original = response
        return response
      }
      const plainly: PlainHandler | undefined =
        answerPlainly &&
        (async (request) => {
          const answered = await answerPlainly(request, from ?? {})
          original = answered
          return answered
        })
      const response = await carry(request, answer, plainly)
      return response && arrived(response, original)
    },
    explain: (answer) =>
      explanations.get('response' in answer ? (answer.response as object) : answer) ?? auth.explain(answer),
    async begin(request, login) {
      const { value, response } = await across(carry, request, async (arrived) => {
        const ask = await auth.begin(arrived, login)
        return { value: ask, response: ask.kind === 'redirect' ? ask.response : undefined }
      })
      if (value.kind !== 'redirect' || response === undefined) return value
      return { ...value, response: arrived(response, value.response) }
    },
    async decide(handle, decision) {
      const page = new Request('https://as.test/consent', { method: 'POST', body: 'answer=sent' })
      const { value, response } = await across(carry, page, async () => {
        const decided = await auth.decide(handle, decision)
        return { value: decided, response: decided.response }
      })
      return response === undefined ? value : { ...value, response: arrived(response, value.response) }
    },
  }
}

interface Outcome<T> {
  readonly value: T
  readonly response: Response | undefined
}

/** Work on a request that is carried, with what it answers besides a response. */
async function across<T>(
  carry: FlowTransport['carry'],
  request: Request,
  work: (arrived: Request) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  let outcome: Outcome<T> | undefined
  let failed: unknown
  const response = await carry(request, async (arrived) => {
    try {
      outcome = await work(arrived)
      return outcome.response
    } catch (error) {
      failed = error
      return undefined
    }
  })
  if (outcome === undefined) throw failed ?? new Error(`the request did not arrive: ${response?.status}`)
  return { value: outcome.value, response }
}
