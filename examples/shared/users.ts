/** The people of every example. They sign in by name alone, as examples do. */
export const USERS = ['alice', 'bob'] as const

export type UserName = (typeof USERS)[number]

/** Tells a name that is one of theirs. */
export const isUser = (name: unknown): name is UserName => USERS.some((known) => known === name)
