import { type OAuthClientProvider, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'

export interface AgentOptions {
  /** The address of an MCP server: all that it is given. */
  readonly url: string
  readonly name: string
  /** What it asks for at first; all that there is by default. */
  readonly scope?: string
  /** Its user's browser: opens an address, and answers where that leads in the end. */
  readonly browse: (address: URL) => Promise<URL>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

const CALLBACK = 'http://127.0.0.1/callback'

/** An AI agent's client, as the official SDK makes it. */
export class Agent {
  readonly #url: URL
  readonly #provider: Provider
  readonly #browse: AgentOptions['browse']
  #client = newClient()
  #transport: StreamableHTTPClientTransport

  constructor({ url, name, scope, browse, now = Date.now }: AgentOptions) {
    this.#url = new URL(url)
    this.#browse = browse
    this.#provider = new Provider(name, scope, now)
    this.#transport = this.#newTransport()
  }

  /** The access token that it has now. */
  get accessToken(): string | undefined {
    return this.#provider.tokens()?.access_token
  }

  /** How often its user was asked. */
  get asked(): number {
    return this.#provider.asked
  }

  async connect(): Promise<void> {
    await this.#permitted(async () => {
      this.#client = newClient()
      this.#transport = this.#newTransport()
      await this.#client.connect(this.#transport)
    })
  }

  async tools(): Promise<readonly string[]> {
    const { tools } = await this.#permitted(() => this.#client.listTools())
    return tools.map(({ name }) => name)
  }

  /** Calls a tool, and asks its user for more where that needs more; the text that comes back. */
  async call(name: string, input: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const result = await this.#permitted(() => this.#client.callTool({ name, arguments: { ...input } }))
    const [first] = Array.isArray(result.content) ? result.content : []
    return String(first?.text)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** Does something; again, once its user has allowed it, where that was missing. */
  async #permitted<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error
      const { searchParams } = await this.#browse(this.#provider.takeAddress())
      const code = searchParams.get('code')
      if (code === null) throw new Error(`the user said no: ${searchParams.get('error')}`)
      await this.#transport.finishAuth(code)
      return work()
    }
  }

  #newTransport(): StreamableHTTPClientTransport {
    return new StreamableHTTPClientTransport(this.#url, { authProvider: this.#provider })
  }
}

const newClient = () => new Client({ name: 'demo-agent', version: '1.0.0' })

/** What the SDK wants kept between its requests. */
class Provider implements OAuthClientProvider {
  readonly redirectUrl = CALLBACK
  readonly clientMetadata: OAuthClientMetadata
  readonly #now: () => number
  #client: OAuthClientInformationMixed | undefined
  #tokens: OAuthTokens | undefined
  #expiresAt = 0
  #verifier = ''
  #address: URL | undefined
  asked = 0

  constructor(name: string, scope: string | undefined, now: () => number) {
    this.#now = now
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      ...(scope !== undefined && { scope }),
    }
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#client
  }

  saveClientInformation(client: OAuthClientInformationMixed): void {
    this.#client = client
  }

  /** The refresh token is told once the access token has run out: the SDK would refresh with it where it has to ask for more. */
  tokens(): OAuthTokens | undefined {
    if (this.#tokens === undefined || this.#now() >= this.#expiresAt) return this.#tokens
    const { refresh_token: _, ...others } = this.#tokens
    return others
  }

  saveTokens(tokens: OAuthTokens): void {
    this.#tokens = tokens
    this.#expiresAt = this.#now() + (tokens.expires_in ?? 0) * 1000
  }

  invalidateCredentials(what: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void {
    if (what === 'all' || what === 'tokens') this.#tokens = undefined
    if (what === 'all' || what === 'client') this.#client = undefined
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier
  }

  codeVerifier(): string {
    return this.#verifier
  }

  redirectToAuthorization(address: URL): void {
    this.#address = address
    this.asked++
  }

  takeAddress(): URL {
    if (this.#address === undefined) throw new Error('nobody was asked')
    return this.#address
  }
}
