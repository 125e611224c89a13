package io.durableoutbox;

/** Where the user saw or clicked: the values of {@code platform} in MoEngage's API. */
public enum Platform {
  /** A web site. */
  WEB("web"),
  /** An Android app. */
  ANDROID("android"),
  /** An iOS app. */
  IOS("ios"),
  /** A television. */
  TV("tv");

  private final String wireName;

  Platform(String wireName) {
    this.wireName = wireName;
  }

  /** Returns the name that is stored and sent, in lower case. */
  public String wireName() {
    return wireName;
  }
}
