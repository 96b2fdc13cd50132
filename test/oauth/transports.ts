import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeListener } from 'tokenloop/node'
import type { AuthorizationServer } from 'tokenloop/oauth'

/** Answers a request, or `undefined` for one that is not its own. */
type Answer = (request: Request) => Promise<Response | undefined>

/** How requests reach the authorization server in a flow, and how answers come back. */
export interface FlowTransport {
  readonly name: string
  carry(request: Request, answer: Answer): Promise<Response | undefined>
}

/**
 * Every flow runs both ways: handed over as it is, and sent over a real socket to a server of Node.
 *
 * @example
 * describe.each(flowTransports)('RFC 7009 $name', (over) => {
 *   it('revokes', async () => {
 *     const { auth, post } = await world({ over })
 *   })
 * })
 */
export const flowTransports: readonly FlowTransport[] = [
  { name: 'in this process', carry: (request, answer) => answer(request) },
  { name: 'over a socket', carry: overSocket },
]

export const direct = flowTransports[0] as FlowTransport

/** Which work a request on the socket is for. */
const WORK = 'x-test-work'
/** Says that the handler left a request to others. */
const LEFT = 'x-test-left'
const works = new Map<string, Answer>()
const ports = new Map<string, Promise<number>>()

/** One server for each origin that is asked for, which keeps no process alive. */
function portOf(origin: string): Promise<number> {
  const known = ports.get(origin)
  if (known !== undefined) return known
  const listener = toNodeListener(
    async (request) => {
      const id = request.headers.get(WORK) ?? ''
      request.headers.delete(WORK)
      return (await works.get(id)?.(request)) ?? new Response(null, { status: 404, headers: { [LEFT]: '1' } })
    },
    { origin },
  )
  const server = createServer(listener)
  const port = new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    server.unref()
  })
  ports.set(origin, port)
  return port
}

async function overSocket(request: Request, answer: Answer): Promise<Response | undefined> {
  const { origin, pathname, search } = new URL(request.url)
  const port = await portOf(origin)
  const id = crypto.randomUUID()
  works.set(id, answer)
  try {
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
    const headers = { ...Object.fromEntries(request.headers), [WORK]: id }
    const response = await sent({ port, path: pathname + search, method: request.method, headers }, body)
    return response.headers.has(LEFT) ? undefined : response
  } finally {
    works.delete(id)
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
  const sent = new WeakMap<object, Response>()
  /** What was answered, as it arrives elsewhere. */
  const arrived = <T extends object>(answer: T, response: Response | undefined): T => {
    if (response !== undefined) sent.set(answer, response)
    return answer
  }
  return {
    ...auth,
    async handle(request, from) {
      const { value, response } = await across(carry, request, async (arrived) => {
        const answer = await auth.handle(arrived, from)
        return { value: answer, response: answer }
      })
      return response && arrived(response, value)
    },
    explain: (answer) => auth.explain(sent.get('response' in answer ? (answer.response as object) : answer) ?? answer),
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
