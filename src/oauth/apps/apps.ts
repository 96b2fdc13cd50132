import type { PageOf } from '../../store/pages.js'
import type { Context } from '../context.js'
import { getApp, revokeApp, type UpdateAppInput, updateApp } from './change.js'
import { type ListAppsInput, listApps } from './list.js'
import type { ChangeAppInput, WithinApps } from './realm.js'
import { type RevokeAllAppsInput, revokeAllApps } from './revoke-all.js'
import type { ConnectedApp } from './view.js'

/**
 * Connected apps. What changes something rejects with a `TokenloopError`, and with `unavailable` where the store fails: it may then have
 * taken place or not, and may be asked for again. A user who asks is confined to their own apps, and to those in their tenant where
 * they act in one; a host that lets them do more says `within`. What lies outside is `not_found`.
 */
export interface ConnectedApps {
  /**
   * Connected apps as they stand, newest first, without those that were revoked. Errors: `invalid_input`, `invalid_cursor`.
   *
   * @example
   * const { items, cursor } = await auth.grants.list({ subject: 'u_42' })
   */
  list(input?: ListAppsInput): Promise<PageOf<ConnectedApp>>
  /** One of them. Errors: `not_found`. */
  get(id: string, within?: WithinApps): Promise<ConnectedApp>
  /** Edits the label, and takes scopes away. Errors: `not_found`, `scope_not_allowed`, `ended`, `invalid_input`, `conflict`. */
  update(id: string, input: UpdateAppInput): Promise<ConnectedApp>
  /**
   * Disconnects an app in one write: consent that is being asked for, codes, refresh tokens and access tokens of it are refused from then
   * on, and the user is asked anew. A client for itself loses all that it has, and may begin anew. Errors: `not_found`, `conflict`.
   *
   * @example
   * await auth.grants.revoke(app.id, { by: user('u_42') })
   */
  revoke(id: string, input: ChangeAppInput): Promise<ConnectedApp>
  /** Disconnects all apps of a user, a client or a tenant that there are now, in one write. Errors: `not_found`, `conflict`. */
  revokeAll(input: RevokeAllAppsInput): Promise<void>
}

export const connectedApps = (context: Context): ConnectedApps =>
  Object.freeze<ConnectedApps>({
    list: async (input = {}) => listApps(context, input),
    get: async (id, within) => getApp(context, id, within),
    update: async (id, input) => updateApp(context, id, input),
    revoke: async (id, input) => revokeApp(context, id, input),
    revokeAll: async (input) => revokeAllApps(context, input),
  })
