import { isUser, USERS } from '../shared/users.js'
import { catalogue, type Scope } from './catalogue.js'

/** The one workspace of this example: the tenant of every token and service account. */
export const WORKSPACE = 'main'

const ADMINISTRATOR = 'alice'

/** Who belongs to the workspace. Whoever has left does not come back. */
export class Members {
  readonly #names = new Set<string>(USERS)

  has(name: string): boolean {
    return isUser(name) && this.#names.has(name)
  }

  remove(name: string): void {
    this.#names.delete(name)
  }

  /** What a member may do, and so the most that they can give a token. */
  scopesOf(name: string): readonly Scope[] {
    if (!this.has(name)) return []
    return catalogue.names.filter((scope) => name === ADMINISTRATOR || scope !== 'workspace:admin')
  }
}
