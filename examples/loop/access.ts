import { AREAS, type Area, catalogue, type Scope } from './catalogue.js'

/** What a person chooses for each area, in the words of the form. */
export const ACCESS = { none: 'No access', read: 'Read only', write: 'Read and write' } as const

export type Access = keyof typeof ACCESS

/** The choice that a token's scopes stand for. */
export function accessTo(area: Area, scopes: readonly string[]): Access {
  if (scopes.includes(`${area}:write`)) return 'write'
  return scopes.includes(`${area}:read`) ? 'read' : 'none'
}

/** The scopes of a form with one choice for each area; none at all for a form that offers something else. */
export function chosenScopes(form: FormData): readonly Scope[] {
  const chosen = AREAS.flatMap((area) => {
    const access = String(form.get(area) ?? 'none')
    return access === 'none' ? [] : [`${area}:${access}`]
  })
  const parsed = catalogue.parse(chosen)
  return parsed.ok ? parsed.scopes : []
}
