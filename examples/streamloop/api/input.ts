/** The name in a body, whatever was sent. */
export function nameIn(body: unknown): string {
  const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined
  return typeof name === 'string' && name.trim() !== '' ? name.trim().slice(0, 100) : 'Untitled stream'
}
