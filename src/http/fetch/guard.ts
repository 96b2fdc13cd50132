import { TokenloopError } from '../../core/errors.js'
import type { Fetch } from '../../core/fetch-bytes.js'
import { isPublicAddress } from '../../core/public-address.js'
import { publicUrl } from '../../core/public-url.js'
import { type Answer, get, type Limits } from './get.js'

/** How much is allowed, in milliseconds, bytes and fetches at once. */
export interface GuardLimits extends Limits {
  readonly ports: ReadonlySet<number>
  readonly all: number
  readonly host: number
}

/** The network as the guard finds it; tests bring their own. */
export interface Network {
  /** All addresses of a name. */
  readonly resolve: (name: string) => Promise<readonly string[]>
  /** Where an address that was checked is reached, if that is not the address itself. */
  readonly route?: (address: string) => string
  /** Who signs certificates, besides those that the runtime trusts. */
  readonly ca?: string
}

/** More addresses has no host that means well. */
const MOST_ADDRESSES = 32

/** Makes a guarded fetch out of limits and a network. */
export function createGuard(limits: GuardLimits, network: Network): Fetch {
  const running = new Map<string, Promise<Answer>>()
  const ofHosts = new Map<string, number>()

  const load = async (url: URL, accept: string, signal: AbortSignal): Promise<Answer> => {
    const addresses = await checkedAddresses(network, url.hostname, signal)
    const to = addresses.map((address) => network.route?.(address) ?? address)
    return get(url, { accept, addresses: to, signal, limits, ...(network.ca !== undefined && { ca: network.ca }) })
  }

  /** One at a time of what several ask for, and no more at once than is allowed. */
  const begin = (url: URL, accept: string): Promise<Answer> => {
    const key = `${accept} ${url.href}`
    const known = running.get(key)
    if (known !== undefined) return known
    const ofHost = ofHosts.get(url.host) ?? 0
    if (running.size >= limits.all || ofHost >= limits.host) throw failed('too many fetches at once')
    ofHosts.set(url.host, ofHost + 1)
    const answer = load(url, accept, AbortSignal.timeout(limits.timeout)).finally(() => {
      running.delete(key)
      const left = (ofHosts.get(url.host) ?? 1) - 1
      if (left > 0) ofHosts.set(url.host, left)
      else ofHosts.delete(url.host)
    })
    running.set(key, answer)
    return answer
  }

  return async (text, init = {}) => {
    const { method = 'GET', body, signal, headers } = init
    const url = publicUrl(text)
    if (method !== 'GET' || body != null) throw blocked('only GET is allowed')
    if (url === undefined) throw blocked('only https: addresses of public hosts are allowed')
    if (!limits.ports.has(Number(url.port || 443))) throw blocked('the port is not allowed')
    signal?.throwIfAborted()
    const { status, headers: answered, bytes } = await begin(url, new Headers(headers).get('accept') ?? '*/*')
    const isEmpty = [204, 205, 304].includes(status)
    return new Response(isEmpty ? null : bytes, { status, headers: answered })
  }
}

/** Resolved once, and each of them checked: one that is not public makes the name one of somebody who means no good. */
async function checkedAddresses({ resolve }: Network, name: string, signal: AbortSignal): Promise<readonly string[]> {
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(failed('the name was not resolved in time')), { once: true })
  })
  late.catch(() => {})
  const addresses = await Promise.race([
    resolve(name).catch((cause: unknown) => {
      throw failed('the name was not resolved', cause)
    }),
    late,
  ])
  if (addresses.length === 0 || addresses.length > MOST_ADDRESSES) throw failed('the name has no usable address')
  if (!addresses.every(isPublicAddress)) throw blocked('the name leads to an address that is not public')
  return addresses
}

const blocked = (why: string) => new TokenloopError('fetch_blocked', why)
const failed = (why: string, cause?: unknown) => new TokenloopError('unavailable', why, { cause })
