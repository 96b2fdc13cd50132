const REDACTED = '[redacted]'

/**
 * The plaintext of a credential, handed out once. It prints as `[redacted]` in templates, in JSON and under inspection,
 * so that it cannot slip into a log; `reveal()` is the one way to read it.
 *
 * @example
 * const { secret } = await tokens.issue({ by, owner, name: 'ci', scopes: ['issues:read'] })
 * response.end(secret.reveal())
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The plaintext. Show it to its owner and forget it. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  /** What `util.inspect` and `console.log` of Node, Bun and Deno show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}
