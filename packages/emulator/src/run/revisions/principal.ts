import type { Server } from 'node:http';
import type { ServiceAccount } from '../../identity/accounts/accounts.ts';

/** One identity with a metadata server of its own: who asks there, is it. */
export interface Principal {
  readonly name: string;
  readonly account: ServiceAccount;
  /** `host:port`. */
  readonly metadataHost: string;
  readonly server: Server;
  listed(): ListedPrincipal;
  close(): Promise<void>;
}

/** What is said of it. */
export interface ListedPrincipal {
  readonly name: string;
  readonly email: string;
  readonly metadataHost: string;
}

/** Opens the metadata server of an account. @param port 0 for any free one */
export type OpenPrincipal = (asked: {
  readonly name: string;
  readonly account: ServiceAccount;
  readonly port: number;
}) => Promise<Principal>;

/** What an identity has beside its metadata server, for as long as that is there. */
export type OpenBeside = (principal: Principal) => Promise<{ close(): Promise<void> }>;
