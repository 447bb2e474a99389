import type { Candidate } from './candidate.ts';
import { nameOf, pathIn } from './folders.ts';
import type { Folder, Scanned } from './scan.ts';

const BUILDS = ['pom.xml', 'build.gradle', 'build.gradle.kts'];

/** What starts an application, by what the build names, for Maven and Gradle. */
const frameworks: readonly (readonly [names: RegExp, maven: string, gradle: string])[] = [
  [
    /spring-boot-maven-plugin|org\.springframework\.boot/,
    'spring-boot:run -Dspring-boot.run.arguments=--server.port=$PORT',
    'bootRun --args=--server.port=$PORT',
  ],
  [/io\.quarkus/, 'quarkus:dev -Dquarkus.http.port=$PORT', 'quarkusDev -Dquarkus.http.port=$PORT'],
  [/io\.micronaut/, 'mn:run -Dmicronaut.server.port=$PORT', 'run -Dmicronaut.server.port=$PORT'],
];

export function detectJava(folder: Folder, repository: Scanned): Candidate | undefined {
  const build = BUILDS.find((one) => folder.files.has(one));
  if (build === undefined) return undefined;
  const file = pathIn(folder, build);
  const text = repository.read(file);
  // One that only has modules below it starts nothing.
  if (/<packaging>\s*pom\s*<\/packaging>/.test(text)) return undefined;
  const [, maven, gradle] = frameworks.find(([names]) => names.test(text)) ?? [];
  if (maven === undefined || gradle === undefined) return undefined;
  const command =
    build === 'pom.xml' ? `${tool('mvnw', 'mvn')} -q ${maven}` : `${tool('gradlew', 'gradle')} -q ${gradle}`;
  return {
    called: nameOf(folder, repository),
    folder: folder.path,
    from: file,
    language: 'java',
    command: { value: command, from: `guess: by ${file}` },
  };

  function tool(wrapper: string, program: string): string {
    return folder.files.has(wrapper) ? `./${wrapper}` : program;
  }
}
