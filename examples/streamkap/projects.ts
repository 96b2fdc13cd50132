import { isUser } from '../shared/users.js'
import { catalogue, type Scope } from './catalogue.js'

export const PROJECTS = ['p1', 'p2'] as const

export type Project = (typeof PROJECTS)[number]

/** Tells the name of a project. */
export const isProject = (name: unknown): name is Project => PROJECTS.some((known) => known === name)

/** What somebody may do in a project, and so the most that a token of theirs may: everybody is in both, alice administers them. */
export function scopesOf(user: string): readonly Scope[] {
  if (!isUser(user)) return []
  return catalogue.resolve([], [user === 'alice' ? 'Admin' : 'Read Only'])
}
