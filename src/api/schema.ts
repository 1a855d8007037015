// Written by tools/openapi.ts from openapi/openapi.json; do not edit.

export interface paths {
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics for Prometheus; takes the metrics token too */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bids": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a container
         * @description Matches the bid, reserves with the best volunteer and begins to start. Answers once a volunteer has given its lease; the events of the deployment tell the rest. With `dryRun` it only matches.
         */
        post: operations["placeBid"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/borrowers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everybody whom this peer lends something, who is lent most first */
        get: operations["listBorrowers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/borrowers/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a peer owes, what it may owe, and why; of any peer */
        get: operations["explainCredit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/convictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Keys that this peer refuses, each with the fork proof that convicts it */
        get: operations["listConvictions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/credit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How this peer lends, and what newcomers may be lent today */
        get: operations["getCredit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deployments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The deployments of this peer, the newest first */
        get: operations["listDeployments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deployments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One deployment */
        get: operations["getDeployment"];
        put?: never;
        post?: never;
        /** Stop a deployment and keep its entry; stopping what has ended is no error */
        delete: operations["stopDeployment"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deployments/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The deployment now and at every change, until it has ended */
        get: operations["watchDeployment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deployments/{id}/http/{port}/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and headers between neighbours do not pass, in either direction.
         */
        get: operations["proxyGet"];
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and headers between neighbours do not pass, in either direction.
         */
        put: operations["proxyPut"];
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and headers between neighbours do not pass, in either direction.
         */
        post: operations["proxyPost"];
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and headers between neighbours do not pass, in either direction.
         */
        delete: operations["proxyDelete"];
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and headers between neighbours do not pass, in either direction.
         */
        options: operations["proxyOptions"];
        head?: never;
        /**
         * Call a published port of a container; for programs
         * @description Credentials, cookies and headers between neighbours do not pass, in either direction.
         */
        patch: operations["proxyPatch"];
        trace?: never;
    };
    "/v1/deployments/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the container wrote */
        get: operations["readLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/earnings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What each peer owes this one by the receipts of both, and what this one owes it; who owes most first */
        get: operations["listEarnings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened at this peer, the newest first; some thousand events are kept */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every event from now on, as it happens */
        get: operations["watchEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this peer is well */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The invitations that this peer gave */
        get: operations["listInvitations"];
        put?: never;
        /** Invite one other peer: each then vouches for the other */
        post: operations["invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Leases that this peer gave and took, the newest first */
        get: operations["listLeases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/leases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a lease that this peer gave, now
         * @description A lease that its tenant holds within its limit is broken by that (`EVICTED`), and the tenant counts it against this peer; one beyond it was lent to be taken back (`RECALLED`). With `dryRun` it only says which.
         */
        delete: operations["evict"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/ledger/pairs/{side}/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the newest header says of the pair with another peer, or that there is none, with the proof */
        get: operations["provePair"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/market/offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The offers that this peer knows of, its own included */
        get: operations["listMarketOffers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The offers that this peer makes, those too that are off the market now */
        get: operations["listOffers"];
        put?: never;
        /** Offer resources at a price */
        post: operations["makeOffer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/offers/{series}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Withdraw an offer; its running leases go on */
        delete: operations["withdrawOffer"];
        options?: never;
        head?: never;
        /** Add images to an offer and take others out; its running leases go on */
        patch: operations["changeOffer"];
        trace?: never;
    };
    "/v1/peer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This peer and where it listens */
        get: operations["getSelf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/peers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The peers that this one is connected with */
        get: operations["listPeers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receipts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Receipts that both sides signed, in order of id */
        get: operations["listReceipts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop this peer, as SIGTERM does
         * @description Answers before it stops. Containers go on without it; the next start takes them up again.
         */
        post: operations["stopPeer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trust": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All peers that evidence names, the best first */
        get: operations["listTrust"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trust/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why this peer thinks of another what it thinks; without reasons where nothing is known */
        get: operations["explainTrust"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/volunteering": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether offers are paused, and how many offers and leases there are */
        get: operations["getVolunteering"];
        /**
         * Pause all offers, or bring them back; running leases go on
         * @description A pause holds over restarts. Offers that are made meanwhile come with the others.
         */
        put: operations["setVolunteering"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vouches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** For whom this peer vouches */
        get: operations["listVouches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vouches/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Vouch for a peer, in place of any vouch before
         * @description With `dryRun` nothing is signed: the answer says what it would do.
         */
        put: operations["vouch"];
        post?: never;
        /**
         * Take a vouch back
         * @description With `dryRun` nothing is signed: the answer says what it would do.
         */
        delete: operations["revokeVouch"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What a tenant asks for */
        BidInput: {
            /** @description Only this one */
            architecture?: string;
            /** @description How long to go on while this peer cannot be reached; milliseconds */
            awayMs?: number;
            /** @description Instead of the image's own */
            command?: string[];
            /** @description How long; milliseconds */
            durationMs: number;
            /** @description Sent to the chosen volunteer alone */
            env?: {
                [key: string]: string;
            };
            /**
             * @description How long a volunteer may be out of reach before its copy is replaced
             * @default 15000
             */
            graceMs?: number;
            /** @description `name`, or `name@sha256:…` with the digest of the configuration of the image */
            image: string;
            /** @description `key=value` */
            labels?: string[];
            /** @description The most to pay for all the resources together */
            maxPriceMicrocreditsPerHour: number;
            /** @description For people; no two deployments that are wanted share a name */
            name?: string;
            /** @description Ports of the container to reach */
            ports?: number[];
            /** @description Only this one */
            region?: string;
            /**
             * @description How many copies, each on a volunteer of its own; all are placed or none
             * @default 1
             */
            replicas?: number;
            resources: components["schemas"]["BidResources"];
            /** @description Only this one */
            runtimeClass?: string;
            /**
             * @description Replace only what cannot run any more: for what must not run twice
             * @default false
             */
            waitOut?: boolean;
        };
        /** @description What to reserve, as hard limits of a container: no less than the smallest container needs */
        BidResources: {
            /** @description Thousandths of a cpu */
            cpuMillis: number;
            /** @description Scratch space: one budget for /tmp and every volume of the image. It counts as memory, is lost with the lease, and nothing in it can be executed. Without it 64 MiB, or a quarter of the memory where that is less */
            diskBytes?: number;
            /** @description None without it */
            gpus?: number;
            memoryBytes: number;
        };
        /** @description What a peer owes and may owe */
        Borrower: {
            /** @description What it is lent beyond: preemptible, for free, or from before */
            beyondMicrocredits: number;
            /** @description The part over others */
            flowMicrocredits: number;
            /** @description What it has not signed yet, and what running epochs may come to */
            heldMicrocredits: number;
            /** @description What it is lent within its limit */
            lentMicrocredits: number;
            /** @description What it may owe, beside the newcomers’ pool */
            limitMicrocredits: number;
            /** @description What it is lent out of newcomers’ pools */
            newcomerMicrocredits: number;
            /** @description What it owes by the receipts of both; below 0 what this peer owes it */
            owedMicrocredits: number;
            /** @description The part of that for what it served this peer */
            ownMicrocredits: number;
            /** @description Who */
            peer: string;
            /** @description How that flows: the thickest five ways */
            ways: components["schemas"]["CreditWay"][];
        };
        /** @description An offer chosen for a bid */
        Candidate: {
            /** @description The offer */
            offer: string;
            /** @description For all the resources together */
            priceMicrocreditsPerHour: number;
            /** @description How well the volunteer is expected to serve; 0 for one that nobody within reach knows */
            quality: number;
            /** @description Who made it */
            volunteer: string;
            /** @description Whether the volunteer lists the image as held */
            warm: boolean;
        };
        /**
         * @description A constraint of the match
         * @enum {unknown}
         */
        Constraint: "alive" | "own" | "cpu" | "memory" | "disk" | "gpu" | "architecture" | "image" | "region" | "runtimeClass" | "labels" | "duration" | "price" | "spread";
        /** @description A key that signed two histories, and the proof */
        Conviction: {
            /** @description The network that it holds in */
            network: string;
            /** @description A header of one */
            one: string;
            /** @description A header of the other */
            other: string;
            /** @description The key that is refused */
            peer: string;
            /** @description Both headers in base64 (docs/formats.md) */
            proof: string;
            /** @description Number at which the two histories part */
            seq: number;
        };
        /** @description Cumulative counters; only the charge is owed, the rest informs */
        Counters: {
            /** @description Owed */
            chargedMicrocredits: number;
            /** @description Measured */
            cpuMilliseconds: number;
            /** @description Measured */
            diskMibSeconds: number;
            /** @description Measured */
            memoryMibSeconds: number;
            /** @description Measured */
            tunnelKib: number;
        };
        /** @description How this peer lends */
        CreditState: {
            /** @description Whether what nobody else takes is lent above limits */
            lendIdle: boolean;
            /** @description Share of what it offers that newcomers together may owe for, a day */
            newcomerShare: number;
            /** @description What of that is lent */
            newcomersLentMicrocredits: number;
            /** @description What newcomers together may be lent today */
            newcomersMicrocredits: number;
            /**
             * @description Lends to everybody within a limit; to those this peer vouches for; to all
             * @enum {unknown}
             */
            policy: "market" | "friends" | "free";
        };
        /** @description A way by which credit flows */
        CreditWay: {
            /** @description How much comes that way */
            microcredits: number;
            /** @description Over whom, from this peer on; the last is the borrower */
            peers: string[];
        };
        /** @description What the tenant wants running, and how it stands */
        Deployment: {
            /** @description The most that can be unsigned at a time, over all copies */
            atRiskMicrocredits: number;
            /** @description A code of the table of errors; empty while there is none */
            cause: string;
            /** @description What both sides signed as charged so far, over all copies */
            chargedMicrocredits: number;
            /** @description When the bid came in; milliseconds since 1970 */
            createdAtMs: number;
            /** @description When it ended; milliseconds since 1970 */
            endedAtMs?: number;
            /** @description When it ends at the latest; milliseconds since 1970 */
            endsAtMs: number;
            /** @description Of the container, once there is one */
            exitCode?: number;
            /** @description How long a volunteer may be out of reach before its copy is replaced; milliseconds */
            graceMs: number;
            /** @description The deployment */
            id: string;
            image: {
                digest: string;
                name: string;
            };
            /** @description In order of replica and incarnation */
            instances: components["schemas"]["Instance"][];
            name: string;
            ports: number[];
            /** @description Of the latest copies, as far as they are not given up, told to stop, or over */
            priceMicrocreditsPerHour: number;
            /** @description At the last placement */
            refusals: {
                /** @description A code of the table of errors; empty while there is none */
                code: string;
                /** @description Who refused */
                volunteer: string;
            }[];
            /** @description Copies wanted */
            replicas: number;
            resources: components["schemas"]["Resources"];
            /** @description Copies that run */
            running: number;
            /** @description When all copies ran for the first time; milliseconds since 1970 */
            runningSinceMs?: number;
            /**
             * @description `degraded`: some copies run, others are on their way
             * @enum {unknown}
             */
            state: "placing" | "starting" | "running" | "degraded" | "paused" | "unknown" | "stopping" | "ended" | "failed";
            waiting?: components["schemas"]["Waiting"];
            /** @description Whether a replacement waits until the old copy cannot run any more */
            waitOut: boolean;
        };
        /** @description What two peers owe each other by the receipts of both */
        Earning: {
            /** @description What it charged this peer since the beginning */
            consumedMicrocredits: number;
            /** @description What was consumed, halved per 90 days */
            consumedNowMicrocredits: number;
            /** @description What it owes this peer; below 0 what this peer owes it */
            owedMicrocredits: number;
            /** @description The other side */
            peer: string;
            /** @description What this peer charged it since the beginning */
            servedMicrocredits: number;
            /** @description What was served, halved per 90 days */
            servedNowMicrocredits: number;
        };
        /** @description Something that happened at this peer; fields that do not apply are absent */
        Event: {
            /** @description When it happened; milliseconds since 1970 */
            atMs: number;
            /** @description A code of the table of errors; empty while there is none */
            cause?: string;
            /** @description Of the pair since the beginning, with a receipt */
            chargedMicrocredits?: number;
            /** @description The deployment */
            deployment?: string;
            /** @description The number of the replacement */
            incarnation?: number;
            /**
             * @description What it is about, and what became of it
             * @enum {unknown}
             */
            kind: "offer.made" | "offer.withdrawn" | "offer.revised" | "offer.paused" | "offer.resumed" | "lease.reserved" | "lease.starting" | "lease.running" | "lease.paused" | "lease.stalled" | "lease.ended" | "deployment.placed" | "deployment.stopping" | "deployment.ended" | "deployment.failed" | "copy.placing" | "copy.starting" | "copy.running" | "copy.paused" | "copy.unknown" | "copy.stopping" | "copy.lost" | "copy.ended" | "copy.failed" | "receipt.signed" | "problem.begun" | "problem.over";
            /** @description The lease */
            lease?: string;
            /** @description The series of the offer */
            offer?: string;
            /** @description The other side */
            peer?: string;
            /** @description Which of its copies */
            replica?: number;
            /** @description Grows by one with every event of this peer */
            seq: number;
        };
        /** @description The end of a lease by the will of the volunteer */
        Eviction: {
            /** @description With which the lease ends, or has ended */
            cause: string;
            /** @description Whether the tenant counts it against this peer */
            isBreach: boolean;
            lease: components["schemas"]["Lease"];
        };
        /** @description Whether this peer is well */
        Health: {
            /** @description Connections */
            connectedPeers: number;
            /** @enum {unknown} */
            engine: "up" | "down" | "none";
            /** @description Sequence number of the newest header; 0 before the first */
            ledgerSeq: number;
            network: string;
            /** @description Whether the owner has paused the offers; that is no problem */
            paused: boolean;
            /** @description This peer */
            peer: string;
            /** @description What is wrong now */
            problems: {
                /** @description What to do */
                advice: string;
                /** @enum {unknown} */
                code: "ENGINE_DOWN" | "ENGINE_DISK_FULL" | "ENGINE_DISK_LOW" | "DISK_FULL" | "DISK_LOW" | "DISK_FAILING" | "CLOCK_WRONG" | "NETWORK_UNSHARED" | "NO_PEERS" | "KEY_RUNS_TWICE" | "INVITATION_REFUSED";
            }[];
            /**
             * @description `degraded`: there are problems
             * @enum {unknown}
             */
            status: "ok" | "degraded";
            version: string;
        };
        /** @description Images to add to an offer and to take out of it */
        ImageChange: {
            /** @description Images that the engine holds */
            add?: string[];
            /** @description Images that the offer lists */
            drop?: string[];
        };
        /** @description One copy of a deployment under one lease */
        Instance: {
            /** @description The most that can be unsigned at a time */
            atRiskMicrocredits: number;
            /** @description The signed bid */
            bid: string;
            /** @description A code of the table of errors; empty while there is none */
            cause: string;
            /** @description What both sides signed as charged so far */
            chargedMicrocredits: number;
            /** @description When the lease was given; milliseconds since 1970 */
            createdAtMs: number;
            /** @description When it ended; milliseconds since 1970 */
            endedAtMs?: number;
            /** @description When the lease ends; milliseconds since 1970 */
            endsAtMs: number;
            /** @description Of the container, once there is one */
            exitCode?: number;
            /** @description The number of its replacement, from 1; only the highest is spoken to */
            incarnation: number;
            /** @description The lease */
            lease: string;
            /** @description Until when a copy that is out of reach may go on beside its replacement; milliseconds since 1970 */
            overlapUntilMs?: number;
            /** @description For all the resources together */
            priceMicrocreditsPerHour: number;
            /** @description Which of the copies, from 0 */
            replica: number;
            /** @description When it was first seen running; milliseconds since 1970 */
            runningSinceMs?: number;
            /** @enum {unknown} */
            state: "placing" | "starting" | "running" | "paused" | "unknown" | "stopping" | "lost" | "ended" | "failed";
            /** @description Who runs it */
            volunteer: string;
        };
        /** @description What became of an invitation; its text is not kept */
        Invitation: {
            /** @description What this peer answers for the one who joins with */
            creditMicrocredits: number;
            /** @description When it ends unused; milliseconds since 1970 */
            expiresAtMs: number;
            /** @description The signed record */
            id: string;
            /** @description When it was made; milliseconds since 1970 */
            issuedAtMs: number;
            /** @description When that was; milliseconds since 1970 */
            joinedAtMs?: number;
            /** @description Who joined by it */
            peer?: string;
            /** @enum {unknown} */
            state: "open" | "used" | "expired";
        };
        /** @description An invitation to make */
        InvitationInput: {
            /** @description Where the invitee reaches this peer; without them where it listens */
            addresses?: string[];
            /**
             * @description What this peer answers for the one who joins with: half of it is lent, here and by those that this peer served
             * @default 10000000
             */
            creditMicrocredits?: number;
            /** @description At most 90 days; milliseconds */
            expiresInMs?: number;
        };
        /** @description An invitation to pass on */
        Invited: {
            /** @description Where the invitee will look for this peer */
            addresses: string[];
            /** @description What this peer answers for the one who joins with */
            creditMicrocredits: number;
            /** @description When it ends unused; milliseconds since 1970 */
            expiresAtMs: number;
            /** @description The signed record */
            id: string;
            /** @description When it was made; milliseconds since 1970 */
            issuedAtMs: number;
            /** @description When that was; milliseconds since 1970 */
            joinedAtMs?: number;
            /** @description Who joined by it */
            peer?: string;
            /** @enum {unknown} */
            state: "open" | "used" | "expired";
            /** @description The line to pass on: whoever holds it can join by it, once */
            text: string;
        };
        /** @description How joining by an invitation stands */
        Joining: {
            /** @description A code of the table of errors; empty while there is none */
            code: string;
            /** @description What the inviter answers for this peer with; 0 until it has joined */
            creditMicrocredits: number;
            /** @description The inviter */
            peer: string;
            /** @enum {unknown} */
            state: "waiting" | "joined" | "refused";
        };
        /** @description A lease as this side holds it */
        Lease: {
            /** @description The most that can be unsigned at a time */
            atRiskMicrocredits: number;
            /** @description The bid that it accepts */
            bid: string;
            /** @description A code of the table of errors; empty while there is none */
            cause: string;
            /** @description What both sides signed */
            chargedMicrocredits: number;
            /** @description When it ends; milliseconds since 1970 */
            endsAtMs: number;
            /** @description Paid stretches */
            epochs: number;
            /** @description The lease */
            id: string;
            /** @description The image's name, as the bid has it */
            image: string;
            /** @description When it was signed; milliseconds since 1970 */
            issuedAtMs: number;
            /** @description For all the resources together */
            priceMicrocreditsPerHour: number;
            resources: components["schemas"]["Resources"];
            /** @enum {unknown} */
            side: "volunteer" | "tenant";
            /** @enum {unknown} */
            state: "reserved" | "starting" | "running" | "paused" | "stalled" | "ended";
            /** @description Who pays */
            tenant: string;
            /** @description Measured but not signed yet; the volunteer's side only */
            unsignedMicrocredits: number;
            /** @description How long it has been up; milliseconds */
            upMs: number;
            /** @description Use since it began: up to now on the side of the volunteer, as of the last receipt on that of the tenant */
            usage: {
                /** @description Milliseconds of one cpu */
                cpuMilliseconds: number;
                /** @description MiB times seconds */
                memoryMibSeconds: number;
                /** @description KiB */
                tunnelKib: number;
            };
            /** @description Who gives it */
            volunteer: string;
        };
        /** @description A line of a log */
        LogLine: {
            /** @description When it was written; milliseconds since 1970 */
            atMs: number;
            /** @enum {unknown} */
            stream: "stdout" | "stderr";
            text: string;
        };
        /** @description What the match found: candidates in order of preference, or why there are none */
        Match: {
            /** @description For the first replica */
            candidates: components["schemas"]["Candidate"][];
            /** @description How many offers were looked at */
            considered: number;
            /** @description The first choice of each replica */
            placements: components["schemas"]["Candidate"][];
            relaxations: components["schemas"]["Relaxation"][];
            /** @description How many offers each constraint removed; one offer can be counted by several */
            removed: {
                /** @description Offers */
                alive?: number;
                /** @description Offers */
                architecture?: number;
                /** @description Offers */
                cpu?: number;
                /** @description Offers */
                disk?: number;
                /** @description Offers */
                duration?: number;
                /** @description Offers */
                gpu?: number;
                /** @description Offers */
                image?: number;
                /** @description Offers */
                labels?: number;
                /** @description Offers */
                memory?: number;
                /** @description Offers */
                own?: number;
                /** @description Offers */
                price?: number;
                /** @description Offers */
                region?: number;
                /** @description Offers */
                runtimeClass?: number;
                /** @description Offers */
                spread?: number;
            };
        };
        /** @description An offer as this peer knows it */
        Offer: {
            /** @description Multiaddrs */
            addresses: string[];
            /** @description When the offer ends without a further sign of life; milliseconds since 1970 */
            aliveUntilMs: number;
            /** @description As the engine names it */
            architecture: string;
            /** @description The first stretch that is paid at its end; milliseconds */
            firstEpochMs: number;
            /** @description The signed record; a new one with every revision */
            id: string;
            images: {
                digest: string;
                name: string;
            }[];
            /** @description `key=value` */
            labels: string[];
            /** @description The longest lease given; milliseconds */
            longestLeaseMs: number;
            /** @description How long an instance goes on while its tenant cannot be reached; milliseconds */
            maxAwayMs: number;
            /** @description The longest such stretch; milliseconds */
            maxEpochMs: number;
            prices: components["schemas"]["Prices"];
            /** @description Empty: not said */
            region: string;
            resources: components["schemas"]["Resources"];
            runtimeClasses: string[];
            /** @description Grows with every revision */
            seq: number;
            /** @description Stable over all revisions */
            series: string;
            /** @description Who offers */
            volunteer: string;
        };
        /** @description An offer to make; what is left out comes from the configuration and the engine */
        OfferInput: {
            /** @description Images that the engine holds, to be listed as warm */
            images?: string[];
            /** @description `key=value` */
            labels?: string[];
            /** @description The longest lease given; milliseconds */
            longestLeaseMs?: number;
            prices?: components["schemas"]["Prices"];
            /** @description Where the machine stands, in the words of the network */
            region?: string;
            resources: components["schemas"]["OfferResources"];
        };
        /** @description What to offer: no less than the smallest container needs */
        OfferResources: {
            /** @description Thousandths of a cpu */
            cpuMillis: number;
            diskBytes: number;
            gpus: number;
            memoryBytes: number;
        };
        /** @description An offer that this peer makes: `total` is what it promises in all, `resources` what is left of that */
        OwnOffer: {
            /** @description Multiaddrs */
            addresses: string[];
            /** @description When the offer ends without a further sign of life; milliseconds since 1970 */
            aliveUntilMs: number;
            /** @description As the engine names it */
            architecture: string;
            /** @description The first stretch that is paid at its end; milliseconds */
            firstEpochMs: number;
            /** @description The signed record; a new one with every revision */
            id: string;
            images: {
                digest: string;
                name: string;
            }[];
            /** @description `key=value` */
            labels: string[];
            /** @description The longest lease given; milliseconds */
            longestLeaseMs: number;
            /** @description How long an instance goes on while its tenant cannot be reached; milliseconds */
            maxAwayMs: number;
            /** @description The longest such stretch; milliseconds */
            maxEpochMs: number;
            prices: components["schemas"]["Prices"];
            /** @description Empty: not said */
            region: string;
            resources: components["schemas"]["Resources"];
            runtimeClasses: string[];
            /** @description Grows with every revision */
            seq: number;
            /** @description Stable over all revisions */
            series: string;
            /**
             * @description In the market, or off it: its owner paused all offers, the engine does not answer, or a disk is full
             * @enum {unknown}
             */
            state: "listed" | "paused" | "engine-silent" | "disk-full";
            total: components["schemas"]["Resources"];
            /** @description Who offers */
            volunteer: string;
        };
        /** @description What a header says of one pair: its latest receipt, or without one that there is no such pair */
        PairProof: {
            /** @description The other of the pair */
            counterparty: string;
            /** @description The newest header */
            header: string;
            /** @description The network that all of it is signed for */
            network: string;
            /** @description How many pairs the header commits to */
            pairs: number;
            /** @description Whose header it is */
            peer: string;
            receipt?: components["schemas"]["Receipt"];
            /** @description Number of the header */
            seq: number;
            /** @enum {unknown} */
            side: "volunteer" | "tenant";
            /** @description Header, path and receipt in base64 (docs/formats.md), for whoever wants to check it */
            statement: string;
        };
        /** @description A connected peer */
        Peer: {
            /** @description Multiaddrs */
            addresses: string[];
            /** @enum {unknown} */
            direction: "inbound" | "outbound";
            /** @description A peer that this one holds a connection with */
            peer: string;
        };
        /** @description A bid that was placed */
        Placement: {
            deployment: components["schemas"]["Deployment"];
            match: components["schemas"]["Match"];
        };
        /** @description Microcredits per reserved unit and hour */
        Prices: {
            /** @description A cpu for an hour */
            cpuHour: number;
            /** @description A GiB of disk for an hour */
            diskGibHour: number;
            /** @description A GPU for an hour */
            gpuHour: number;
            /** @description A GiB of memory for an hour */
            memoryGibHour: number;
        };
        /** @description An error (RFC 9457) */
        Problem: {
            /** @enum {unknown} */
            code: "INTERNAL" | "BAD_REQUEST" | "UNAUTHORIZED" | "FORBIDDEN" | "HOST_REFUSED" | "NOT_FOUND" | "METHOD_NOT_ALLOWED" | "REQUEST_TIMEOUT" | "HEADERS_TOO_LARGE" | "BODY_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "TOO_MANY_REQUESTS" | "IDEMPOTENCY_MISMATCH" | "STOPPING" | "RECORD_MALFORMED" | "RECORD_TOO_LARGE" | "RECORD_UNKNOWN_KIND" | "RECORD_WRONG_NETWORK" | "SIGNATURE_INVALID" | "KEY_INVALID" | "PROOF_INVALID" | "STATES_STALE" | "STATES_PARTIAL" | "STATES_FORGED" | "STATES_WITHHELD" | "FORK_UNPROVEN" | "RECEIPT_GAP" | "RECEIPT_FALLS" | "RECEIPT_DECAY" | "RECEIPT_DAY" | "RECEIPT_SUM" | "RECEIPT_STRANGER" | "RECEIPT_LEASE" | "REPORT_REFUSED" | "LEDGER_IN_USE" | "LEDGER_EMPTY" | "LEDGER_ABSENT" | "LEDGER_UNREADABLE" | "LEDGER_VALUE_DAMAGED" | "LEDGER_KEY_UNKNOWN" | "LEDGER_RECORD_INVALID" | "LEDGER_RECORD_MISSING" | "LEDGER_RECORD_UNCOVERED" | "LEDGER_HEADER_MISSING" | "LEDGER_HEADER_INVALID" | "LEDGER_ROOT_MISMATCH" | "LEDGER_TAIL_LOST" | "LEDGER_HEAD_MISSING" | "LEDGER_HEAD_INVALID" | "LEDGER_INDEX_MISMATCH" | "LEDGER_MAP_INVALID" | "LEDGER_OUTCOME_LEASE" | "LEDGER_VERSION_NEWER" | "LEDGER_NOT_WHOLE" | "LEDGER_NOT_EMPTY" | "LEDGER_FOREIGN" | "LEDGER_EXPORT_INVALID" | "LEDGER_DISK_FULL" | "LEDGER_WRITE_FAILED" | "LEDGER_RECEIPT_GAP" | "CONFIG_INVALID" | "ADDRESS_IN_USE" | "ADDRESS_UNAVAILABLE" | "KEY_BACKUP_INVALID" | "HOME_EXISTS" | "HOME_UNUSABLE" | "HOME_ABSENT" | "PEER_UNREACHABLE" | "PEER_SILENT" | "PROTOCOL_VIOLATION" | "MESSAGE_TOO_LARGE" | "BUDGET_SPENT" | "INVITATION_MALFORMED" | "INVITATION_EXPIRED" | "INVITATION_USED" | "INVITATION_UNKNOWN" | "INVITATION_TOO_MANY" | "INVITATION_ADDRESSES" | "INVITATION_VOUCH" | "OFFER_UNKNOWN" | "OFFER_WITHOUT_ENGINE" | "OFFER_OVER_CAPACITY" | "OFFER_DISK_FULL" | "OFFER_TOO_MANY" | "OFFER_TOO_MANY_IMAGES" | "NOTHING_MATCHED" | "ALL_REFUSED" | "IMAGE_NOT_FOUND" | "IMAGE_AMBIGUOUS" | "IMAGE_NOT_HELD" | "IMAGE_NOT_OFFERED" | "IMAGE_WRONG_ARCHITECTURE" | "DEPLOYMENT_UNKNOWN" | "DEPLOYMENT_NAME_TAKEN" | "REPLICA_UNKNOWN" | "DEPLOYMENT_NOT_RUNNING" | "PORT_NOT_PUBLISHED" | "APPLICATION_NOT_LISTENING" | "APPLICATION_NOT_HTTP" | "APPLICATION_CLOSED" | "APPLICATION_SILENT" | "LEASE_UNKNOWN" | "EVIDENCE_REFUSED" | "VOUCH_REFUSED" | "VOUCH_UNKNOWN" | "LEASES_RUN" | "DEPLOYMENTS_RUN" | "PURGE_UNCONFIRMED" | "REFUSED_OFFER_CHANGED" | "REFUSED_CAPACITY" | "REFUSED_TERMS" | "REFUSED_IMAGE" | "REFUSED_BID" | "REFUSED_PAYLOAD" | "REFUSED_CREDIT" | "REFUSED_FAULT" | "REFUSED_STOPPING" | "ENGINE_UNREACHABLE" | "ENGINE_FAILED" | "ENGINE_FULL" | "ENGINE_DISK_FULL" | "ENGINE_OPTION_DROPPED" | "ENGINE_SETUP_FAILED" | "IMAGE_NEEDS_ROOT" | "NETWORK_POOL_EXHAUSTED" | "INSTANCE_UNKNOWN" | "INSTANCE_START_FAILED";
            /** @description What to do next */
            detail: string;
            /** @description What was expected and what came */
            details: {
                [key: string]: unknown;
            };
            /** @description The path called, and the number of the request in the log */
            instance: string;
            status: number;
            /** @description The code in words */
            title: string;
            /** @description urn:tallymesh:error:<code> */
            type: string;
        };
        Rated: {
            /** @description How well it is expected to serve */
            quality: number;
            /** @description The chance that a walk of trust from this peer reaches it */
            standing: number;
        };
        /** @description What would become of what is thought of a peer */
        RatedChange: {
            after: components["schemas"]["Rated"];
            before: components["schemas"]["Rated"];
            /** @description Who */
            peer: string;
        };
        /** @description Cumulative amounts between two peers, signed by both */
        Receipt: {
            counters: components["schemas"]["Counters"];
            /** @description Days since 1970 */
            day: number;
            /** @description The record */
            id: string;
            leases: {
                counters: components["schemas"]["Counters"];
                /** @description Closed */
                epochs: number;
                /** @description The lease */
                lease: string;
            }[];
            /** @description Counts the receipts of the pair from 1 */
            pairSeq: number;
            /** @description The signed record in base64, for whoever wants to verify it */
            record: string;
            /** @description Charges, halved per 90 days */
            serviceMicrocredits: number;
            /** @description Who pays */
            tenant: string;
            /** @description Who served */
            volunteer: string;
        };
        /** @description A smallest change of the limits of a bid that would have matched: no part of it would have */
        Relaxation: {
            /** @description For people: `1 cpus and 2.01 credits an hour would do` */
            change: string;
            /** @description What would give way */
            constraints: components["schemas"]["Constraint"][];
            /** @description How many offers would then fit */
            offers: number;
            targets: {
                cpuMillis?: number;
                diskBytes?: number;
                /** @description How long; milliseconds */
                durationMs?: number;
                gpus?: number;
                /** @description For all the resources together */
                maxPriceMicrocreditsPerHour?: number;
                memoryBytes?: number;
            };
        };
        /** @description What an offer still has, a bid asks for, or a lease gives */
        Resources: {
            /** @description Thousandths of a cpu */
            cpuMillis: number;
            diskBytes: number;
            gpus: number;
            memoryBytes: number;
        };
        /** @description This peer */
        Self: {
            /** @description Where it listens, as multiaddrs to hand to others */
            addresses: string[];
            joining?: components["schemas"]["Joining"];
            network: string;
            /** @description This peer */
            peer: string;
            version: string;
        };
        /** @description What one tenant says of a peer */
        Testimony: {
            /** @description Whose word it is */
            author: string;
            /** @description Leases that failed */
            bad: number;
            /** @description How they failed */
            codes: string[];
            /** @description Leases served well */
            good: number;
            /** @description Outcomes that say so */
            outcomes: string[];
            /** @description What the word weighs; 1 for own experience */
            weight: number;
        };
        /** @description What would follow if one thing changed */
        TrustChange: {
            /**
             * @description One more good lease, breach, credit of service or vouch of this peer; or without the heaviest path
             * @enum {unknown}
             */
            change: "GOOD_LEASE" | "BREACH" | "SERVICE" | "VOUCH" | "WITHOUT_PATH";
            /** @description The last hop of that path */
            peer?: string;
            /** @description What it would be then */
            quality: number;
            /** @description What it would be then */
            standing: number;
        };
        /** @description Why this peer thinks of another what it thinks */
        TrustExplanation: {
            /** @description Leases that failed, as those within reach say */
            bad: number;
            changes: components["schemas"]["TrustChange"][];
            /** @description Leases that were served well, as those within reach say */
            good: number;
            /** @description Whether anybody within reach said how it served */
            isKnown: boolean;
            /** @description What carries the standing, the most first */
            paths: components["schemas"]["TrustPath"][];
            /** @description Who */
            peer: string;
            /** @description How well it is expected to serve; 0 where nothing is known */
            quality: number;
            /** @description Co-signed service that it gave those within reach, halved per 90 days */
            serviceMicrocredits: number;
            /** @description The chance that a walk of trust from this peer reaches it before it stops */
            standing: number;
            /** @description What makes the quality, the weightiest first */
            testimonies: components["schemas"]["Testimony"][];
            /** @description The one peer through which alone trust reaches it: perhaps both have one owner */
            through?: string;
            /** @description How many within reach vouch for it */
            vouches: number;
        };
        /** @description A step of trust, and what carries it */
        TrustHop: {
            /** @description How likely a walk goes this way next, if it goes on */
            chance: number;
            /** @description Who trusts */
            from: string;
            /** @description The receipt that says so */
            receipt?: string;
            /** @description Co-signed service that carries it */
            serviceMicrocredits: number;
            /** @description Who is trusted */
            to: string;
            /** @description The vouch that says so */
            vouch?: string;
            /** @description Trust by vouch that carries it */
            vouchMicrocredits: number;
        };
        /** @description A way by which trust comes to a peer */
        TrustPath: {
            /** @description The likeliest way, from this peer on */
            hops: components["schemas"]["TrustHop"][];
            /** @description The part of the standing that comes by the last hop */
            standing: number;
        };
        /** @description What this peer thinks of another */
        TrustScore: {
            /** @description Leases that failed, as those within reach say */
            bad: number;
            /** @description Leases that were served well, as those within reach say */
            good: number;
            /** @description Whether anybody within reach said how it served */
            isKnown: boolean;
            /** @description Who */
            peer: string;
            /** @description How well it is expected to serve; 0 where nothing is known */
            quality: number;
            /** @description Co-signed service that it gave those within reach, halved per 90 days */
            serviceMicrocredits: number;
            /** @description The chance that a walk of trust from this peer reaches it before it stops */
            standing: number;
            /** @description The one peer through which alone trust reaches it: perhaps both have one owner */
            through?: string;
            /** @description How many within reach vouch for it */
            vouches: number;
        };
        /** @description How it stands with what this machine lends */
        Volunteering: {
            /** @description Leases given that have not ended */
            leases: number;
            /** @description Offers made, paused ones too */
            offers: number;
            /** @description Whether all offers are paused: no new leases */
            paused: boolean;
            /** @description Since when; milliseconds since 1970 */
            pausedAtMs?: number;
        };
        /** @description What is to change */
        VolunteeringInput: {
            /** @description Whether all offers are to be off the market */
            paused: boolean;
        };
        /** @description A vouch of this peer that holds */
        Vouch: {
            /** @description What this peer answers for */
            creditMicrocredits: number;
            /** @description When it ends; milliseconds since 1970 */
            expiresAtMs: number;
            /** @description When it was signed; milliseconds since 1970 */
            issuedAtMs: number;
            /** @description For whom */
            peer: string;
            /** @description As if it had served for so much */
            trustMicrocredits: number;
            /** @description The signed record */
            vouch: string;
        };
        /** @description What a vouch did, or would do */
        VouchChange: {
            effect: components["schemas"]["VouchEffect"];
            /** @description The signed record; absent in a dry run */
            vouch?: string;
        };
        /** @description What a vouch would do to what this peer thinks */
        VouchEffect: {
            after: components["schemas"]["Rated"];
            before: components["schemas"]["Rated"];
            /** @description What the peer may owe this one */
            mayOweMicrocredits: {
                /** @description With the vouch */
                after: number;
                /** @description As it is */
                before: number;
            };
            /** @description How many others it would move at all */
            moved: number;
            /** @description The others whom it would move most */
            others: components["schemas"]["RatedChange"][];
            /** @description Who */
            peer: string;
        };
        /** @description A vouch to make */
        VouchInput: {
            /** @description What this peer answers for: half of it is lent, here and by those it served. 0 without it */
            creditMicrocredits?: number;
            /** @description How long it holds, at most 366 days; 90 days without it. Milliseconds */
            lifetimeMs?: number;
            /** @description As if it had served for so much; over 10 credits count as 10. One credit without it */
            trustMicrocredits?: number;
        };
        /** @description Why a copy that is wanted has no place, by the last look at the offers; it is tried again and again */
        Waiting: {
            /** @description `NOTHING_MATCHED`, or the code with which most of those that fit refused */
            cause: string;
            /** @description How many offers were looked at */
            considered: number;
            refusals: {
                /** @description A code of the table of errors; empty while there is none */
                code: string;
                /** @description Who fits, and refused */
                volunteer: string;
            }[];
            relaxations: components["schemas"]["Relaxation"][];
            /** @description How many offers each constraint removed; one offer can be counted by several */
            removed: {
                /** @description Offers */
                alive?: number;
                /** @description Offers */
                architecture?: number;
                /** @description Offers */
                cpu?: number;
                /** @description Offers */
                disk?: number;
                /** @description Offers */
                duration?: number;
                /** @description Offers */
                gpu?: number;
                /** @description Offers */
                image?: number;
                /** @description Offers */
                labels?: number;
                /** @description Offers */
                memory?: number;
                /** @description Offers */
                own?: number;
                /** @description Offers */
                price?: number;
                /** @description Offers */
                region?: number;
                /** @description Offers */
                runtimeClass?: number;
                /** @description Offers */
                spread?: number;
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In Prometheus' exposition format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    placeBid: {
        parameters: {
            query?: {
                /** @description Only say what it would do; nothing is changed */
                dryRun?: boolean;
            };
            header?: {
                /** @description A repeat with the same key and body gets the first answer; failures are not kept */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BidInput"];
            };
        };
        responses: {
            /** @description What the match found: candidates in order of preference, or why there are none */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Match"];
                };
            };
            /** @description A bid that was placed */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Placement"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `RECORD_MALFORMED`: The bytes are not a record of this kind in canonical form.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IMAGE_NOT_FOUND`: No volunteer that fits this bid lists this image; "npx tallymesh --json market" (GET /v1/market/offers) shows the images that are listed. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_NAME_TAKEN`: Another deployment already has this name; stop it first, or choose another name.
             *
             *     `IMAGE_AMBIGUOUS`: The volunteers that fit this bid list different images under this name; choose one of "digests", and bid with name@sha256:….
             *
             *     `NOTHING_MATCHED`: No offer fits this bid; "match" says why each offer was removed, and which change would help.
             *
             *     `ALL_REFUSED`: Every volunteer that fits this bid refused it; "refusals" says why.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `RECORD_TOO_LARGE`: The record is larger than the limit of its kind; send a smaller one.
             *
             *     `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body.
             */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IDEMPOTENCY_MISMATCH`: This Idempotency-Key was used with a different body before; use a new key. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBorrowers: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Borrower"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainCredit: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A peer id */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a peer owes and may owe */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Borrower"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `KEY_INVALID`: The key is not a valid Ed25519 public key or peer id; check that it was copied whole.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listConvictions: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Conviction"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCredit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How this peer lends */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreditState"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDeployments: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Deployment"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDeployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the tenant wants running, and how it stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stopDeployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the tenant wants running, and how it stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Deployment"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchDeployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events named `deployment`, each with a Deployment as data */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyGet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path in the container */
                path: string;
                /** @description A port that the bid publishes */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whatever the container answers, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyPut: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path in the container */
                path: string;
                /** @description A port that the bid publishes */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whatever the container answers, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyPost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path in the container */
                path: string;
                /** @description A port that the bid publishes */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whatever the container answers, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyDelete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path in the container */
                path: string;
                /** @description A port that the bid publishes */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whatever the container answers, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyOptions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path in the container */
                path: string;
                /** @description A port that the bid publishes */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whatever the container answers, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    proxyPatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
                /** @description The path in the container */
                path: string;
                /** @description A port that the bid publishes */
                port: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whatever the container answers, with its status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `PORT_NOT_PUBLISHED`: The deployment does not publish this port; name the port in the bid ("npx tallymesh run --port").
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `REQUEST_TIMEOUT`: The request did not arrive completely in time; send it without pauses. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says.
             *
             *     `BUDGET_SPENT`: This peer has used up its budget of requests; wait, then send fewer.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PROTOCOL_VIOLATION`: The other peer broke the protocol; nothing was changed.
             *
             *     `APPLICATION_NOT_LISTENING`: No program in the container listens on this port; make it listen on 0.0.0.0 and this port. The log of the container may say more.
             *
             *     `APPLICATION_NOT_HTTP`: The answer of the application on this port cannot be forwarded as HTTP; "reason" says why. Call a port that speaks HTTP.
             *
             *     `APPLICATION_CLOSED`: The application closed the connection before it answered; the log of the container may say why.
             */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer.
             *
             *     `APPLICATION_SILENT`: The application did not answer in time; the log of the container may say why.
             */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readLogs: {
        parameters: {
            query?: {
                /** @description Whether to go on with new lines */
                follow?: boolean;
                /** @description Which of the copies */
                replica?: number;
                /** @description Lines from before */
                tail?: number;
            };
            header?: never;
            path: {
                /** @description The deployment */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A LogLine a line; empty lines are heartbeats */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["LogLine"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `DEPLOYMENT_UNKNOWN`: This peer has no such deployment, or the beginning of the id fits several; "npx tallymesh ps --all" (GET /v1/deployments) lists them.
             *
             *     `REPLICA_UNKNOWN`: The deployment has no such replica; replicas are counted from 0.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `DEPLOYMENT_NOT_RUNNING`: No copy of this deployment is running; its state says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `PEER_SILENT`: The other peer did not answer in time; try again, or try another volunteer. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEarnings: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Earning"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Event"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchEvents: {
        parameters: {
            query?: {
                /** @description Events from before */
                tail?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events named `event`, each with an Event as data */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether this peer is well */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Invitation"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    invite: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeat with the same key and body gets the first answer; failures are not kept */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationInput"];
            };
        };
        responses: {
            /** @description An invitation to pass on */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `INVITATION_ADDRESSES`: An invitation needs one to eight multiaddrs at which others can reach this peer; give them with --address.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INVITATION_TOO_MANY`: Too many invitations are still unused; wait until some have expired. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IDEMPOTENCY_MISMATCH`: This Idempotency-Key was used with a different body before; use a new key. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLeases: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Lease"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    evict: {
        parameters: {
            query?: {
                /** @description Only say what it would do; nothing is changed */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description The lease */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The end of a lease by the will of the volunteer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Eviction"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `LEASE_UNKNOWN`: This peer has no such lease, or the given text fits several; GET /v1/leases lists its leases. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `OFFER_WITHOUT_ENGINE`: The settings of this peer switch the container engine off; set "engine.use" to "auto" in config.json, and start the peer again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    provePair: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The other peer */
                peer: string;
                side: "volunteer" | "tenant";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a header says of one pair: its latest receipt, or without one that there is no such pair */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PairProof"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `KEY_INVALID`: The key is not a valid Ed25519 public key or peer id; check that it was copied whole.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `LEDGER_EMPTY`: This ledger has no header yet, because nothing was signed; start the peer and use it first. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMarketOffers: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Offer"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOffers: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["OwnOffer"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    makeOffer: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeat with the same key and body gets the first answer; failures are not kept */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OfferInput"];
            };
        };
        responses: {
            /** @description An offer that this peer makes: `total` is what it promises in all, `resources` what is left of that */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnOffer"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IMAGE_NOT_HELD`: Your engine has no image with this name; "docker images" lists its images, and "docker build" or "docker pull" adds one. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `OFFER_WITHOUT_ENGINE`: The settings of this peer switch the container engine off; set "engine.use" to "auto" in config.json, and start the peer again.
             *
             *     `OFFER_OVER_CAPACITY`: The offer promises more than the other offers leave free on the engine; offer less.
             *
             *     `OFFER_TOO_MANY`: A peer can make at most eight offers; withdraw one first.
             *
             *     `IMAGE_WRONG_ARCHITECTURE`: The image was built for another architecture than that of the engine; build it for the architecture of the engine.
             *
             *     `IMAGE_NEEDS_ROOT`: The image runs as root, and the volunteer does not allow that. Set another user in the image ("USER 1000" in its Dockerfile), or ask the volunteer to set "engine.allowRoot" to true in config.json and to start its peer again.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `IDEMPOTENCY_MISMATCH`: This Idempotency-Key was used with a different body before; use a new key. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_UNREACHABLE`: No Docker engine answers; start one or set DOCKER_HOST. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdrawOffer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The series of the offer */
                series: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `OFFER_UNKNOWN`: No offer of this peer has such an id, or several have; "npx tallymesh offer --list" lists them, and "--id SERIES" chooses one. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    changeOffer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The series of the offer */
                series: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImageChange"];
            };
        };
        responses: {
            /** @description An offer that this peer makes: `total` is what it promises in all, `resources` what is left of that */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnOffer"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `OFFER_UNKNOWN`: No offer of this peer has such an id, or several have; "npx tallymesh offer --list" lists them, and "--id SERIES" chooses one.
             *
             *     `IMAGE_NOT_OFFERED`: The offer lists no image with this name; "npx tallymesh offer --list" (GET /v1/offers) shows the images that it lists.
             *
             *     `IMAGE_NOT_HELD`: Your engine has no image with this name; "docker images" lists its images, and "docker build" or "docker pull" adds one.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `OFFER_WITHOUT_ENGINE`: The settings of this peer switch the container engine off; set "engine.use" to "auto" in config.json, and start the peer again.
             *
             *     `OFFER_TOO_MANY_IMAGES`: An offer lists at most 32 images; remove some from it first, or make another offer.
             *
             *     `IMAGE_WRONG_ARCHITECTURE`: The image was built for another architecture than that of the engine; build it for the architecture of the engine.
             *
             *     `IMAGE_NEEDS_ROOT`: The image runs as root, and the volunteer does not allow that. Set another user in the image ("USER 1000" in its Dockerfile), or ask the volunteer to set "engine.allowRoot" to true in config.json and to start its peer again.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `ENGINE_UNREACHABLE`: No Docker engine answers; start one or set DOCKER_HOST. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSelf: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This peer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Self"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPeers: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Peer"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listReceipts: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Receipt"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stopPeer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTrust: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["TrustScore"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainTrust: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A peer id */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Why this peer thinks of another what it thinks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrustExplanation"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `KEY_INVALID`: The key is not a valid Ed25519 public key or peer id; check that it was copied whole.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getVolunteering: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it stands with what this machine lends */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Volunteering"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setVolunteering: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VolunteeringInput"];
            };
        };
        responses: {
            /** @description How it stands with what this machine lends */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Volunteering"];
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listVouches: {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items on a page */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Vouch"][];
                        /** @description Cursor of the next page; absent on the last one */
                        next?: string;
                    };
                };
            };
            /** @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    vouch: {
        parameters: {
            query?: {
                /** @description Only say what it would do; nothing is changed */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description A peer id */
                peer: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VouchInput"];
            };
        };
        responses: {
            /** @description What a vouch did, or would do */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VouchChange"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `KEY_INVALID`: The key is not a valid Ed25519 public key or peer id; check that it was copied whole.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `VOUCH_REFUSED`: This peer cannot make this vouch; "reason" says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `BODY_TOO_LARGE`: The body is larger than this call accepts; send a smaller body. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNSUPPORTED_MEDIA_TYPE`: This call accepts JSON only; send the body as application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeVouch: {
        parameters: {
            query?: {
                /** @description Only say what it would do; nothing is changed */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                /** @description A peer id */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a vouch did, or would do */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VouchChange"];
                };
            };
            /**
             * @description `BAD_REQUEST`: The request does not fit the schema; "details" names the field that you must correct.
             *
             *     `KEY_INVALID`: The key is not a valid Ed25519 public key or peer id; check that it was copied whole.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `UNAUTHORIZED`: The call carries no valid token. Send "Authorization: Bearer …" with the token from the file that api.json names. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `FORBIDDEN`: This token is not allowed to make this call; use the token from the file that api.json names. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `VOUCH_UNKNOWN`: This peer does not vouch for that peer; "npx tallymesh trust vouches" (GET /v1/vouches) lists its vouches. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `VOUCH_REFUSED`: This peer cannot make this vouch; "reason" says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `HOST_REFUSED`: The Host or Origin header does not name a host of this API; call the API by its own address, or add the name to "api.allowedHosts" in config.json. */
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `TOO_MANY_REQUESTS`: You sent too many requests; wait for the time that the Retry-After header says. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `INTERNAL`: Something failed inside this peer, which should not happen; its log names the cause. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
