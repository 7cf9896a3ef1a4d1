const ICONS = {
    sms: "fa-commenting-o",
    email: "fa-envelope-o",
    voice: "fa-phone",
    fax: "fa-fax",
    letter: "fa-file-text-o",
    portal: "fa-user-circle-o",
    wechat: "fa-weixin",
};

export function channelIcon(code) {
    return ICONS[code] || "fa-comments-o";
}
