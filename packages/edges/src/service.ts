import { checkDeclaration, checkText } from './check-declaration.ts';

/** One Cloud Run service, with every default filled in. */
export interface Service {
  readonly name: string;
  /** True when allUsers may invoke it. Default false. */
  readonly public: boolean;
  /** Names of the services that this one may call, in the order of the file. Default none. */
  readonly calls: readonly string[];
  /** Account id, 6 to 30 characters. Default `<name>-run`. */
  readonly serviceAccount: string;
  /** Absolute folder of the app. In the file it is relative to the file's folder; default `../apps/<name>`. */
  readonly source: string;
  /** Default `all`. */
  readonly ingress: 'all' | 'internal' | 'internal-and-cloud-load-balancing';
  /** Custom audiences, beside the service's own URLs. Default none. */
  readonly audiences: readonly string[];
  /** Environment variables, beside those that are derived. Default none. */
  readonly env: Readonly<Record<string, string>>;
  /** Default 0. */
  readonly minInstances: number;
  /** Default 100. */
  readonly maxInstances: number;
  /** Requests at once per instance, 1 to 1000. Default 80. */
  readonly concurrency: number;
}

/** Everything that a declaration file says. */
export interface Declaration {
  /** The path as it was given to the reader. */
  readonly file: string;
  /** In the order of the file. */
  readonly services: readonly Service[];
}

/** The declared service of that name, or undefined. */
export function findService(declaration: Declaration, name: string): Service | undefined {
  checkDeclaration(declaration);
  checkText(name, 'name');
  return declaration.services.find((service) => service.name === name);
}
