import {
    Component,
    onWillDestroy,
    onWillUpdateProps,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { session } from "@web/session";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { clockTime, groupByDay } from "./days";

const EDITABLE = "input, textarea, select, [contenteditable=true]";
const TYPING_PAUSE = 300;

/**
 * Everything that happened with the customer, newest first, as far as the reader may know it.
 *
 * Keys: j and k (or the arrows) move, Enter opens, "/" searches, n notes a contact.
 */
export class HcrmTimeline extends Component {
    static template = "hcrm_base.Timeline";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm").silent;
        this.action = useService("action");
        this.contactNote = useService("hcrm_contact_note");
        this.mayNote = Boolean(session.hcrm_may_note);
        this.clockTime = clockTime;
        this.root = useRef("root");
        this.feed = useRef("feed");
        this.searchInput = useRef("search");
        this.sentinel = useRef("sentinel");
        this.state = useState({
            status: "loading",
            lines: [],
            isMore: false,
            kinds: [],
            chosen: [],
            words: "",
            days: {},
            active: -1,
        });
        this.asked = 0;
        onWillDestroy(() => (this.asked = 0));

        this.load();
        onWillUpdateProps((nextProps) => {
            if (nextProps.record.resId !== this.props.record.resId) {
                Object.assign(this.state, { kinds: [], chosen: [], words: "" });
                this.load(nextProps.record);
            }
        });
        useBus(this.env.bus, "HCRM:CUSTOMER-CHANGED", ({ detail }) => {
            if (detail.partnerId === this.resId) {
                this.load();
            }
        });
        this.searchSoon = useDebounced(() => this.load(), TYPING_PAUSE);
        this.useKeys();
        this.useEndlessScroll();
    }

    get resId() {
        return this.props.record.resId;
    }

    get groups() {
        return groupByDay(this.state.lines);
    }

    get isFiltered() {
        return Boolean(this.state.chosen.length || this.state.words);
    }

    get kindsByName() {
        return Object.fromEntries(this.state.kinds.map((kind) => [kind.kind, kind]));
    }

    // reading

    /** Reads the first page; what was asked for before and arrives later is dropped. */
    async load(record = this.props.record) {
        const asked = ++this.asked;
        Object.assign(this.state, { status: "loading", lines: [], days: {}, active: -1 });
        if (record.resId) {
            await this.ask(asked, record, null);
        }
    }

    async loadMore() {
        if (this.state.status === "ready" && this.state.isMore) {
            this.state.status = "more";
            await this.ask(this.asked, this.props.record, this.state.lines.at(-1).key);
        }
    }

    async ask(asked, record, before) {
        const { chosen, words } = this.state;
        let page;
        try {
            page = await this.orm.call("res.partner", "get_timeline", [record.resId], {
                before,
                kinds: chosen.length ? [...chosen] : null,
                words,
            });
        } catch (error) {
            if (asked === this.asked) {
                this.state.status = "error";
            }
            throw error;
        }
        if (asked !== this.asked) {
            return;
        }
        this.state.lines.push(...page.lines);
        this.state.kinds = page.kinds ?? this.state.kinds;
        Object.assign(this.state, { isMore: page.more, status: "ready" });
    }

    // choosing

    toggleKind(kind) {
        const { chosen } = this.state;
        const isChosen = chosen.includes(kind);
        this.state.chosen = isChosen ? chosen.filter((other) => other !== kind) : [...chosen, kind];
        this.load();
    }

    onSearch(ev) {
        this.state.words = ev.target.value;
        this.searchSoon();
    }

    showAll() {
        Object.assign(this.state, { chosen: [], words: "" });
        this.load();
    }

    // acting

    /** Opens the record, or unfolds the rows behind the line of a day. */
    open(line) {
        return line.id ? this.openRecord(line) : this.toggleDay(line);
    }

    openRecord({ kind, id }) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: kind,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    async toggleDay({ kind, day }) {
        const name = `${kind} ${day}`;
        if (this.state.days[name]) {
            delete this.state.days[name];
            return;
        }
        this.state.days[name] = { isLoading: true, lines: [] };
        const lines = await this.orm.call("res.partner", "get_timeline_day", [this.resId], {
            kind,
            day,
            words: this.state.words,
        });
        if (this.state.days[name]) {
            this.state.days[name] = { isLoading: false, lines };
        }
    }

    unfolded({ kind, day, id }) {
        return id ? undefined : this.state.days[`${kind} ${day}`];
    }

    note() {
        this.contactNote.open({ id: this.resId, name: this.props.record.data.name });
    }

    // what a line says

    icon(line) {
        return this.kindsByName[line.kind]?.icon || "fa-circle-o";
    }

    color(line) {
        return this.kindsByName[line.kind]?.color || 0;
    }

    label(line) {
        return this.kindsByName[line.kind]?.label || "";
    }

    spoken(line) {
        const badge = line.badge && line.badge.label;
        const alarm = line.alarm && line.id && _t("abnormal");
        return [this.label(line), line.title, line.subtitle, badge, alarm].filter(Boolean).join(", ");
    }

    // keys

    useKeys() {
        const inFeed = { area: () => this.feed.el, allowRepeat: true };
        const onPage = { isAvailable: () => !this.env.inDialog, allowRepeat: true };
        useHotkey("arrowdown", () => this.move(1), inFeed);
        useHotkey("arrowup", () => this.move(-1), inFeed);
        useHotkey("j", () => this.move(1), onPage);
        useHotkey("k", () => this.move(-1), onPage);
        useHotkey("n", () => this.note(), { isAvailable: () => this.mayNote && this.resId });
        useExternalListener(window, "keydown", (ev) => {
            const isTyping = ev.target instanceof Element && ev.target.closest(EDITABLE);
            if (ev.key === "/" && !isTyping && !document.querySelector(".o_dialog")) {
                ev.preventDefault();
                this.searchInput.el?.focus();
            }
        });
    }

    get lineElements() {
        return [...(this.feed.el?.querySelectorAll(".o_hcrm_line") || [])];
    }

    move(step) {
        const elements = this.lineElements;
        const next = Math.min(Math.max(this.state.active + step, 0), elements.length - 1);
        this.state.active = next;
        elements[next]?.focus();
        if (next >= elements.length - 3) {
            this.loadMore();
        }
    }

    onFocusLine(ev) {
        this.state.active = this.lineElements.indexOf(ev.currentTarget);
    }

    onKeydownSearch(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.showAll();
            ev.target.blur();
        } else if (ev.key === "ArrowDown" || ev.key === "Enter") {
            ev.preventDefault();
            this.state.active = -1;
            this.move(1);
        }
    }

    // scrolling

    /** Where the timeline scrolls by itself, older lines are read before the end is reached. */
    useEndlessScroll() {
        useEffect(
            (sentinel, feed) => {
                if (!sentinel || !feed || this.env.isSmall) {
                    return;
                }
                const observer = new IntersectionObserver(
                    (entries) => entries.some((entry) => entry.isIntersecting) && this.loadMore(),
                    { root: feed, rootMargin: "300px" }
                );
                observer.observe(sentinel);
                return () => observer.disconnect();
            },
            () => [this.sentinel.el, this.feed.el, this.state.lines.length]
        );
    }
}

registry.category("view_widgets").add("hcrm_timeline", { component: HcrmTimeline });
