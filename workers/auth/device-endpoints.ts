import { z } from "zod";
import { second } from "../platform/clock.ts";
import { addressOf } from "./challenge.ts";
import type { AuthContext } from "./context.ts";
import { defaultDeviceScopes, deviceRequestLifetime, startDeviceRequest } from "./device-requests.ts";
import { deviceInterval } from "./device-token.ts";
import { endpointWith } from "./endpoint.ts";

const endpoint = endpointWith<{ auth: AuthContext }>();

/** What is shown to people as it is: no line breaks, nothing that turns the direction of writing. */
const shownText = /^[^\p{C}]*$/u;

/** The start of a device flow (RFC 8628, section 3.1, with JSON); `/token` ends it. */
export const deviceEndpoints = [
  endpoint({
    method: "POST",
    path: "/api/v1/device/authorize",
    operation: "authorizeDevice",
    summary:
      "Starts to sign in a device: a person approves in the browser, and /token then gives an access token.",
    tag: "Tokens",
    access: "anybody",
    body: z.strictObject({
      client: z.string().trim().min(1).max(100).regex(shownText, "give one line of plain text"),
      scopes: z
        .array(z.string().max(300))
        .min(1)
        .max(20)
        .default([...defaultDeviceScopes]),
    }),
    answer: {
      status: 200,
      schema: z.object({
        device_code: z.string(),
        user_code: z.string(),
        verification_uri: z.string(),
        verification_uri_complete: z.string(),
        expires_in: z.int().meta({ description: "Seconds." }),
        interval: z.int().meta({ description: "Seconds between two questions at /token." }),
      }),
    },
    run: async ({ context: { auth }, body, request }) => {
      const address = auth.clientAddress(request);
      const { deviceCode, userCode } = await startDeviceRequest(auth, { ...body, address });
      const page = `${addressOf(auth, request).origin}/device`;
      return {
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: page,
        verification_uri_complete: `${page}?code=${userCode}`,
        expires_in: deviceRequestLifetime / second,
        interval: deviceInterval,
      };
    },
  }),
];
