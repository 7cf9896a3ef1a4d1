import { reactive } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { session } from "@web/session";

const BEAT = 15;

/**
 * Keeps what an agent's desk shows, and says to the server that the desk is there.
 *
 * The bus only says that something changed; what it is, is asked for under the agent's rights. An
 * interval goes on while the tab is hidden: the agent may be working in another one.
 */
export const seatService = {
    dependencies: ["orm", "bus_service"],
    start(env, { orm, bus_service: bus }) {
        const state = reactive({
            seat: null,
            lists: null,
            cards: {},
            isStale: false,
            isOpen: false,
            clock: 0,
        });
        if (!session.hcrm_seat) {
            return { isOffered: false, state };
        }
        let reading = null;
        let isAskedAgain = false;

        /** A card is read when the call comes, when its person is known, and when it is over. */
        const cardKey = (call) => `${call.id}/${call.partner_id}/${call.state || ""}`;

        async function readCard(call) {
            const key = call && cardKey(call);
            if (key && !(key in state.cards)) {
                const card = await orm.silent.call("hcrm.seat", "get_card", [call.id]);
                state.cards = { [key]: card };
            }
        }

        async function take(seat) {
            const before = state.seat;
            state.lists = seat.lists || state.lists;
            try {
                await readCard(seat.call || seat.offer);
            } catch {
                // taken by another desk in this very moment
            }
            state.seat = seat;
            // the server's clock counts, whatever that of this computer says
            state.clock = Date.now() - seat.now * 1000;
            const comes = seat.offer && seat.offer.id !== before?.offer?.id;
            const changes = seat.call && seat.call.id !== before?.call?.id;
            if (comes || changes) {
                state.isOpen = true;
            }
        }

        async function readOnce() {
            try {
                await take(await orm.silent.call("hcrm.seat", "get_seat", [!state.lists]));
                state.isStale = false;
            } catch {
                state.isStale = true;
            }
        }

        async function read() {
            if (reading) {
                isAskedAgain = true;
                return reading;
            }
            reading = readOnce();
            await reading;
            reading = null;
            if (isAskedAgain) {
                isAskedAgain = false;
                return read();
            }
        }

        async function call(method, ...args) {
            try {
                await take(await orm.call("hcrm.seat", method, args));
            } catch (error) {
                read();
                throw error;
            }
        }

        bus.subscribe("hcrm_seat", read);
        bus.start();
        setInterval(read, BEAT * 1000);
        read();
        const cardOf = (call) => state.cards[cardKey(call)] || { persons: [], keyed: [] };
        return { isOffered: true, state, read, call, cardOf };
    },
};

registry.category("services").add("hcrm_seat", seatService);
