import { type Names, optionsOf } from '../../core/options.js'
import { PAGE } from '../../store/pages.js'
import type { ReapInput } from './reap.js'
import type {
  AddSecretInput,
  ClientChangeInput,
  CreateClientInput,
  ListClientsInput,
  UpdateClientInput,
} from './types.js'

const CHANGE: Names<ClientChangeInput> = { by: true, within: true }

const DESCRIBED = {
  name: true,
  description: true,
  redirectUris: true,
  uri: true,
  logoUri: true,
  policyUri: true,
  termsUri: true,
  jwks: true,
  jwksUri: true,
  dpopBound: true,
  scopes: true,
} as const

/** Everything that may be asked of each method, by name. */
export const CREATE = optionsOf<CreateClientInput>('clients.create', {
  ...DESCRIBED,
  by: true,
  tenant: true,
  grantTypes: true,
  authMethod: true,
  applicationType: true,
  roles: true,
})
export const UPDATE = optionsOf<UpdateClientInput>('clients.update', { ...CHANGE, ...DESCRIBED })
export const ADD_SECRET = optionsOf<AddSecretInput>('clients.addSecret', { ...CHANGE, overlap: true })
export const REMOVE_SECRET = optionsOf<ClientChangeInput>('clients.removeSecret', CHANGE)
export const STANDING = {
  suspend: optionsOf<ClientChangeInput>('clients.suspend', CHANGE),
  resume: optionsOf<ClientChangeInput>('clients.resume', CHANGE),
  delete: optionsOf<ClientChangeInput>('clients.delete', CHANGE),
}
export const LIST = optionsOf<ListClientsInput>('clients.list', { ...PAGE, tenant: true })
export const REAP = optionsOf<ReapInput>('clients.reap', PAGE)
