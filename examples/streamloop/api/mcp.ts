import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { Access, Guard } from 'tokenloop/resource'
import { z } from 'zod'
import type { Scope } from '../catalogue.js'
import type { Library } from '../data/library.js'
import { type Caller, callerOf, isAction, NEEDS } from './needs.js'
import { profile } from './rest.js'

/**
 * An MCP server over streamable HTTP, without sessions: whichever copy of the host answers, it knows all there is to know from the
 * token. `guards` are asked in turn, the next one where a token is for another audience.
 */
export function mcp(guards: readonly Guard<Scope>[], library: Library) {
  return async (request: Request, { ip }: { readonly ip: string | undefined }): Promise<Response> => {
    const message: unknown =
      request.method === 'POST'
        ? await request
            .clone()
            .json()
            .catch(() => undefined)
        : undefined
    const check = (scopes: readonly Scope[]) => checkInTurn(guards, request, scopes, ip)
    const needed = neededBy(message)
    const access = await check(needed)
    if (!access.ok) return access.reason === 'insufficient_scope' ? stepUp(check, needed) : access.response
    const caller = callerOf(access.principal)
    if (caller === undefined) return new Response(null, { status: 403 })
    // Nothing is told without being asked, so that there is no stream to listen to, and no session to end.
    if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'POST' } })
    return answer(request, message, toolsFor(caller, library))
  }
}

type Check = (scopes: readonly Scope[]) => Promise<Access<Scope>>

async function checkInTurn(
  [first, ...others]: readonly Guard<Scope>[],
  request: Request,
  scopes: readonly Scope[],
  ip: string | undefined,
): Promise<Access<Scope>> {
  if (first === undefined) throw new Error('an MCP server needs a guard')
  const access = await first.check(request, scopes, { ip })
  if (access.ok || access.reason !== 'wrong_audience') return access
  for (const guard of others) {
    const next = await guard.check(request, scopes, { ip })
    if (next.ok || next.reason !== 'wrong_audience') return next
  }
  return access
}

/** Asks for what is needed together with what the app has already, so that what it gets instead is enough for both. */
async function stepUp(check: Check, needed: readonly Scope[]): Promise<Response> {
  const held = await check([])
  if (!held.ok) return held.response
  const access = await check([...held.principal.scopes, ...needed])
  return access.ok ? new Response(null, { status: 409 }) : access.response
}

/** The scopes of all tools that a message, or a batch of them, calls. */
function neededBy(message: unknown): readonly Scope[] {
  const needed = [message].flat().flatMap((one) => {
    const call = CALL.safeParse(one)
    return call.success && isAction(call.data.params.name) ? NEEDS[call.data.params.name] : []
  })
  return [...new Set(needed)]
}

const CALL = z.object({ method: z.literal('tools/call'), params: z.object({ name: z.string() }) })

async function answer(request: Request, message: unknown, server: McpServer): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  await server.connect(transport)
  try {
    return await transport.handleRequest(request, { parsedBody: message ?? null })
  } finally {
    await server.close()
  }
}

/** What an agent may do for somebody: the actions of `NEEDS`, each a tool. */
function toolsFor(caller: Caller, library: Library): McpServer {
  const server = new McpServer({ name: 'streamloop', title: 'Streamloop', version: '1.0.0' })
  const { user } = caller
  const reads = { annotations: { readOnlyHint: true } }
  server.registerTool('me', { description: 'Whose account this is', ...reads }, () => said(profile(caller)))
  server.registerTool('streams', { description: 'List the streams', ...reads }, async () =>
    said({ data: await library.streams(user) }),
  )
  server.registerTool('playlists', { description: 'List the playlists', ...reads }, async () =>
    said({ data: await library.playlists(user) }),
  )
  server.registerTool('billing', { description: 'Read the plan, balance and usage', ...reads }, () =>
    said(library.billing(user)),
  )
  server.registerTool(
    'createStream',
    { description: 'Make a stream', inputSchema: { name: z.string().min(1).max(100) } },
    async ({ name }) => said(await library.addStream(user, name)),
  )
  server.registerTool(
    'deleteStream',
    {
      description: 'Delete a stream, for good',
      inputSchema: { id: z.string().max(100) },
      annotations: { destructiveHint: true },
    },
    async ({ id }) => said({ deleted: await library.removeStream(user, id) }),
  )
  return server
}

const said = (value: object): CallToolResult => ({ content: [{ type: 'text', text: JSON.stringify(value) }] })
