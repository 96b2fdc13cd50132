import { isUrlText, publicUrl } from '../../core/public-url.js'

/** This machine, for trying things out. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

export const isLoopbackHost = (host: string): boolean => LOOPBACK.includes(host)

/**
 * Whether a `client_id` is the address of a metadata document (CIMD section 3): `https:`, a host by its name, a path, no user, no
 * fragment, no dot segment, and written as it is compared. A server that is itself on this machine may have clients that are.
 */
export function isDocumentId(id: string, withLoopback: boolean): boolean {
  const url = publicUrl(id) ?? (withLoopback ? loopbackUrl(id) : undefined)
  return url !== undefined && url.href === id && url.pathname !== '/' && !hasDots(id)
}

function loopbackUrl(id: string): URL | undefined {
  if (!isUrlText(id) || !/^https?:\/\//.test(id) || id.includes('#') || !URL.canParse(id)) return undefined
  const url = new URL(id)
  return isLoopbackHost(url.hostname) && url.username + url.password === '' ? url : undefined
}

/** Segments that a reader further on might take for steps up. */
const hasDots = (id: string): boolean => /\/(?:\.|%2e){1,2}(?:[/?]|$)|%2f|%5c|%00/i.test(id)
