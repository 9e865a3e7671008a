/** Services whose accounts can sign in here. */
export type ProviderId = "github" | "gitlab" | "google" | "oidc";

export interface Provider {
  id: ProviderId;
  /** What people call it. */
  label: string;
  /** Of OpenID Connect; GitHub is no such provider, and is asked its own way. */
  issuer: string;
  clientId: string;
  clientSecret: string;
}

export interface ProviderVariables {
  GITHUB_CLIENT_ID?: string | undefined;
  GITHUB_CLIENT_SECRET?: string | undefined;
  GITLAB_CLIENT_ID?: string | undefined;
  GITLAB_CLIENT_SECRET?: string | undefined;
  GOOGLE_CLIENT_ID?: string | undefined;
  GOOGLE_CLIENT_SECRET?: string | undefined;
  /** Of any other provider of OpenID Connect: its issuer, such as https://id.example.com. */
  OIDC_ISSUER?: string | undefined;
  OIDC_CLIENT_ID?: string | undefined;
  OIDC_CLIENT_SECRET?: string | undefined;
}

/** The providers that are set up. @throws Error naming the setting that is missing or wrong. */
export function readProviders(variables: ProviderVariables): Provider[] {
  const { OIDC_ISSUER } = variables;
  const issuer = OIDC_ISSUER ? readIssuer(OIDC_ISSUER) : "";
  const known: Omit<Provider, "clientId" | "clientSecret">[] = [
    { id: "github", label: "GitHub", issuer: "https://github.com" },
    { id: "gitlab", label: "GitLab", issuer: "https://gitlab.com" },
    { id: "google", label: "Google", issuer: "https://accounts.google.com" },
    { id: "oidc", label: issuer ? new URL(issuer).host : "", issuer },
  ];
  return known.flatMap((provider) => {
    const name = provider.id.toUpperCase() as Uppercase<ProviderId>;
    const clientId = variables[`${name}_CLIENT_ID`];
    const clientSecret = variables[`${name}_CLIENT_SECRET`];
    if (!clientId && !clientSecret) return [];
    if (!clientId) throw new Error(`${name}_CLIENT_SECRET needs ${name}_CLIENT_ID beside it`);
    if (!clientSecret) throw new Error(`${name}_CLIENT_ID needs ${name}_CLIENT_SECRET beside it`);
    if (provider.issuer === "") throw new Error(`${name}_CLIENT_ID needs OIDC_ISSUER beside it`);
    return [{ ...provider, clientId, clientSecret }];
  });
}

function readIssuer(setting: string): string {
  const url = URL.parse(setting);
  if (url?.protocol !== "https:" || url.search !== "" || url.hash !== "")
    throw new Error(`OIDC_ISSUER is "${setting}"; it takes an address such as https://id.example.com`);
  return setting;
}
